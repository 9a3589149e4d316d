package tasks

import (
	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/train/eval"
)

// minFree is the shortest free text, in characters: the paper's filter.
const minFree = 60

// written draws a pair of images of a split with the writer's texts for their
// first captions, in both directions. ok is false where one is too short.
func (t *builder) written(split string) (it eval.Item, ok bool) {
	images := t.images[split]
	i, j := t.r.IntN(len(images)), t.r.IntN(len(images))
	a, b := images[i].Captions[0], images[j].Captions[0]
	text, okA := t.writer.Difference("eval", a, b)
	reversed, okB := t.writer.Difference("eval", b, a)
	it = eval.Item{ImageA: world.FileName(split, i), ImageB: world.FileName(split, j), Text: text, Reversed: reversed, CaptionA: a, CaptionB: b}
	return it, i != j && okA && okB && len(text) >= minFree && len(reversed) >= minFree
}

// free asks about the writer's own texts for captions of unseen images.
func (t *builder) free(task, split string) {
	for range t.pairs {
		if it, ok := t.written(split); ok {
			it.Kind, it.Task, it.Order = eval.KindDifference, task, eval.OrderFirst
			t.items = append(t.items, it)
		}
	}
}

// deltas ask for the way from one image to another by the writer's text.
func (t *builder) deltas(task string) {
	for _, part := range []struct {
		split, as string
		pairs     int
	}{{"val", eval.SplitValidation, t.pairs / 2}, {"test", "", t.pairs}} {
		if len(t.images[part.split]) == 0 {
			continue
		}
		for range part.pairs {
			if it, ok := t.written(part.split); ok {
				t.items = append(t.items, eval.Item{Kind: eval.KindDelta, Task: task, Split: part.as, ImageA: it.ImageA, ImageB: it.ImageB, Text: it.Text})
			}
		}
	}
}

// retrieval asks for the image of a caption and back.
func (t *builder) retrieval(task, split string) {
	images := t.images[split]
	for i, img := range images[:min(t.pairs, len(images))] {
		t.items = append(t.items, eval.Item{Kind: eval.KindRetrieve, Task: task, Image: world.FileName(split, i), Text: img.Captions[0]})
	}
}
