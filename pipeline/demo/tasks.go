package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/shards/order"
	"github.com/pcclip/pcclip/train/eval"
)

// pairsPerTask is the number of pairs of a difference task.
const pairsPerTask = 500

// frame is a sentence with {x} for image a's word and {y} for image b's.
type frame string

func (f frame) fill(x, y string) string {
	return strings.NewReplacer("{x}", x, "{y}", y).Replace(string(f))
}

// Frames of templates, in wordings the writer never uses: the first list names
// the first image first, as the paper's templates do, the second the second.
var (
	sizeFrames = [2][]frame{
		{"The first image has a {x} object and the second image has a {y} object.", "A {x} shape is seen in the first picture and a {y} shape in the second picture.", "The first image contains the {x} shape and the second image contains the {y} shape.", "The object of the first image is {x} than that of the second image.", "Something {x} is in the first image and something {y} is in the second image."},
		{"The second image has a {y} object and the first image has a {x} object.", "A {y} shape is seen in the second picture and a {x} shape in the first picture.", "The second image contains the {y} shape and the first image contains the {x} shape.", "The object of the second image is {y} than that of the first image.", "Something {y} is in the second image and something {x} is in the first image."},
	}
	countFrames = [2][]frame{
		{"The first image has {x} objects and the second image has {y} objects.", "There are {x} shapes in the first picture and {y} shapes in the second picture.", "The first contains {x} objects, the second contains {y} objects.", "The first image shows {x} shapes than the second image."},
		{"The second image has {y} objects and the first image has {x} objects.", "There are {y} shapes in the second picture and {x} shapes in the first picture.", "The second contains {y} objects, the first contains {x} objects.", "The second image shows {y} shapes than the first image."},
	}
	numberFrames = [2][]frame{
		{"The first image has {x} and the second image has {y}.", "There is {x} in the first picture and {y} in the second picture.", "The first contains {x}, the second contains {y}."},
		{"The second image has {y} and the first image has {x}.", "There is {y} in the second picture and {x} in the first picture.", "The second contains {y}, the first contains {x}."},
	}
	kindFrames       = [2][]frame{{"The first image has {x} and the second image has {y}."}, {"The second image has {y} and the first image has {x}."}}
	lightFrames      = [2][]frame{{"The first image was taken in {x} light and the second image in {y} light."}, {"The second image was taken in {y} light and the first image in {x} light."}}
	backgroundFrames = [2][]frame{{"The background of the first image is {x} and that of the second image is {y}."}, {"The background of the second image is {y} and that of the first image is {x}."}}
)

var orders = [2]string{eval.OrderFirst, eval.OrderSecond}

// MeanTasks are the tasks of the headline mean. Count stays out: its few texts
// are all right or all wrong together.
var MeanTasks = []string{"size", "colour", "list", "free"}

// taskBuilder draws the evaluation of one world.
type taskBuilder struct {
	r      *rand.Rand
	writer world.Writer
	items  []eval.Item
}

// Tasks draws the evaluation of a world from its held-out images: test for most
// tasks, held for kinds that were never trained on.
func Tasks(seed int64, writer world.Writer, test, held []world.Image) []eval.Item {
	t := &taskBuilder{r: rand.New(rand.NewPCG(order.Hash(seed, "demo/tasks"), 1)), writer: writer}
	t.contrast("size", "test", test, sizeFrames, "larger", "smaller", func(s world.Scene) string { return s.Size }, "large", "small", sizePrompt)
	t.contrast("count", "test", test, countFrames, "more", "fewer", count, "3", "1", countPrompt)
	t.contrast("number", "test", test, numberFrames, "three objects", "one object", count, "3", "1", countPrompt)
	t.attribute("colour", test, kindFrames, world.Colours, func(s world.Scene) string { return s.Colour }, func(w string) string { return world.Article(w + " object") })
	t.attribute("shape", test, kindFrames, world.Shapes, func(s world.Scene) string { return s.Shape }, world.Article)
	t.attribute("pattern", test, backgroundFrames, world.Patterns, func(s world.Scene) string { return s.Pattern }, itself)
	t.attribute("background", test, backgroundFrames, world.Backs, func(s world.Scene) string { return s.Back }, itself)
	t.attribute("light", test, lightFrames, world.Lights, func(s world.Scene) string { return s.Light }, itself)
	t.lists("list", "test", test, true)
	t.free("free", "test", test)
	t.lists("list held", "held", held, false)
	t.free("free held", "held", held)
	t.zeroShot("colour", "test", test, world.Colours, func(s world.Scene) string { return s.Colour }, func(w string) string { return w + " object" })
	t.zeroShot("shape", "test", test, world.Shapes, func(s world.Scene) string { return s.Shape }, itself)
	t.zeroShot("colour+shape", "test", test, kinds(), kind, itself)
	t.zeroShot("colour+shape held", "held", held, kinds(), kind, itself)
	for i, img := range test[:min(pairsPerTask, len(test))] {
		t.items = append(t.items, eval.Item{Kind: eval.KindRetrieve, Task: "captions", Image: world.FileName("test", i), Text: img.Captions[0]})
	}
	return t.items
}

func itself(w string) string         { return w }
func count(s world.Scene) string     { return fmt.Sprint(s.Count) }
func kind(s world.Scene) string      { return s.Colour + " " + s.Shape }
func sizePrompt(value string) string { return "This is a photo of a " + value + " object" }
func photo(what string) string       { return "This is a photo of " + world.Article(what) }
func countPrompt(value string) string {
	if value == "3" {
		return "There are three objects"
	}
	return "There is one object"
}

func kinds() []string {
	var out []string
	for _, c := range world.Colours {
		for _, s := range world.Shapes {
			out = append(out, c+" "+s)
		}
	}
	return out
}

// lone lists the images without companion whose attribute has the value.
func lone(images []world.Image, attribute func(world.Scene) string, value string) []int {
	var out []int
	for i, img := range images {
		if img.Scene.Companion == nil && attribute(img.Scene) == value {
			out = append(out, i)
		}
	}
	return out
}

// cross draws one of each list; half of the time the second comes first.
func (t *taskBuilder) cross(a, b []int) (i, j int, swapped bool) {
	i, j = a[t.r.IntN(len(a))], b[t.r.IntN(len(b))]
	if t.r.IntN(2) == 0 {
		return i, j, false
	}
	return j, i, true
}

// contrast is a task with two values and two words, in both orders of mention.
func (t *taskBuilder) contrast(task, split string, images []world.Image, frames [2][]frame, more, less string,
	attribute func(world.Scene) string, high, low string, prompt func(string) string,
) {
	highs, lows := lone(images, attribute, high), lone(images, attribute, low)
	if len(highs) == 0 || len(lows) == 0 {
		return
	}
	for n := range pairsPerTask {
		i, j, swapped := t.cross(highs, lows)
		x, y, a, b := more, less, high, low
		if swapped {
			x, y, a, b = y, x, b, a
		}
		t.both(task, split, i, j, frames, n, x, y, prompt(a), prompt(b))
	}
}

// attribute is a task over all pairs of an attribute's values.
func (t *taskBuilder) attribute(task string, images []world.Image, frames [2][]frame, values []string,
	attribute func(world.Scene) string, phrase func(string) string,
) {
	pairs := len(values) * (len(values) - 1) / 2
	for v, a := range values {
		for _, b := range values[v+1:] {
			as, bs := lone(images, attribute, a), lone(images, attribute, b)
			if len(as) == 0 || len(bs) == 0 {
				continue
			}
			for n := range max(20, pairsPerTask/pairs) {
				i, j, swapped := t.cross(as, bs)
				x, y := a, b
				if swapped {
					x, y = b, a
				}
				t.both(task, "test", i, j, frames, n, phrase(x), phrase(y), "This is a photo of "+phrase(x), "This is a photo of "+phrase(y))
			}
		}
	}
}

// both adds a pair in both orders of mention. reversed texts say y of a.
func (t *taskBuilder) both(task, split string, i, j int, frames [2][]frame, n int, x, y, captionA, captionB string) {
	for o, list := range frames {
		f := list[n%len(list)]
		t.items = append(t.items, eval.Item{
			Kind: eval.KindDifference, Task: task, Order: orders[o], ImageA: world.FileName(split, i), ImageB: world.FileName(split, j),
			Text: f.fill(x, y), Reversed: f.fill(y, x), CaptionA: captionA, CaptionB: captionB,
		})
	}
}

// lists names what each image has that the other has not, as the paper's
// attribute lists do.
func (t *taskBuilder) lists(task, split string, images []world.Image, bothOrders bool) {
	for n := 0; n < pairsPerTask; n++ {
		i, j := t.r.IntN(len(images)), t.r.IntN(len(images))
		a, b := attributes(images[i].Scene), attributes(images[j].Scene)
		onlyA, onlyB := without(a, b), without(b, a)
		if onlyA == "" || onlyB == "" {
			continue
		}
		frames := kindFrames
		t.items = append(t.items, t.list(task, split, i, j, orders[0], frames[0][0], onlyA, onlyB))
		if bothOrders {
			t.items = append(t.items, t.list(task, split, i, j, orders[1], frames[1][0], onlyA, onlyB))
		}
	}
}

func (t *taskBuilder) list(task, split string, i, j int, mention string, f frame, x, y string) eval.Item {
	f = frame(strings.Replace(string(f), " and the ", ", and the ", 1))
	return eval.Item{
		Kind: eval.KindDifference, Task: task, Order: mention, ImageA: world.FileName(split, i), ImageB: world.FileName(split, j),
		Text: f.fill(x, y), Reversed: f.fill(y, x), CaptionA: "This is a photo of " + x, CaptionB: "This is a photo of " + y,
	}
}

func attributes(s world.Scene) []string {
	size := s.Size
	if size == "medium" {
		size = "medium-sized"
	}
	return []string{s.Colour, s.Shape, size, world.Counts[s.Count-1], s.Pattern + " background", s.Back + " background", s.Light + " light"}
}

func without(a, b []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(a), func(w string) bool { return slices.Contains(b, w) }), ", ")
}

// minFree is the shortest free text, in characters: the paper's filter.
const minFree = 60

// free asks about the writer's own texts for captions of unseen images.
func (t *taskBuilder) free(task, split string, images []world.Image) {
	for range pairsPerTask {
		i, j := t.r.IntN(len(images)), t.r.IntN(len(images))
		a, b := images[i].Captions[0], images[j].Captions[0]
		text, okA := t.writer.Difference("eval", a, b)
		reversed, okB := t.writer.Difference("eval", b, a)
		if i == j || !okA || !okB || len(text) < minFree || len(reversed) < minFree {
			continue
		}
		t.items = append(t.items, eval.Item{
			Kind: eval.KindDifference, Task: task, Order: eval.OrderFirst, ImageA: world.FileName(split, i), ImageB: world.FileName(split, j),
			Text: text, Reversed: reversed, CaptionA: a, CaptionB: b,
		})
	}
}

// zeroShot classifies the images without companion.
func (t *taskBuilder) zeroShot(task, split string, images []world.Image, labels []string, label func(world.Scene) string, phrase func(string) string) {
	for _, l := range labels {
		t.items = append(t.items, eval.Item{Kind: eval.KindClass, Task: task, Label: l, Text: photo(phrase(l))})
	}
	for i, img := range images {
		if img.Scene.Companion == nil {
			t.items = append(t.items, eval.Item{Kind: eval.KindClassify, Task: task, Image: world.FileName(split, i), Label: label(img.Scene)})
		}
	}
}
