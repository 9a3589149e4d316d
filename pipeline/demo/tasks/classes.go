package tasks

import (
	"strings"

	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/train/eval"
)

// zeroShot classifies the images of a split without companion.
func (t *builder) zeroShot(task, split string, labels []string, label func(world.Scene) string, phrase func(string) string) {
	t.classes(task, split, labels, label, func(l string) string { return photo(phrase(l)) })
	t.classify(task, split, "", label)
}

// described classifies by prompts that are extended by a sentence on the class.
func (t *builder) described(task, split string) {
	t.classes(task, split, kinds(), kind, func(l string) string {
		colour, shape, _ := strings.Cut(l, " ")
		return photo(l) + ". It is " + colour + ", and " + descriptions[shape] + "."
	})
	t.classify(task, split, "", kind)
}

// descriptions say of a shape what a dictionary would.
var descriptions = map[string]string{
	"circle": "it is round and has no corners", "square": "it has four equal sides and four corners", "triangle": "it has three sides and three corners",
	"star": "it has five points around its middle", "cross": "it has four arms of the same length", "ring": "it is round with a hole in the middle",
}

// classes gives the prompts of labels; those that no image of the split has are
// distractors.
func (t *builder) classes(task, split string, labels []string, label func(world.Scene) string, prompt func(string) string) {
	present := map[string]bool{}
	for _, img := range t.images[split] {
		if img.Scene.Companion == nil {
			present[label(img.Scene)] = true
		}
	}
	for _, l := range labels {
		t.items = append(t.items, eval.Item{Kind: eval.KindClass, Task: task, Label: l, Text: prompt(l), Distractor: !present[l]})
	}
}

func (t *builder) classify(task, split, as string, label func(world.Scene) string) {
	for i, img := range t.images[split] {
		if img.Scene.Companion == nil {
			t.items = append(t.items, eval.Item{Kind: eval.KindClassify, Task: task, Split: as, Image: world.FileName(split, i), Label: label(img.Scene)})
		}
	}
}

// choices adds validation images, on which class pairs are chosen, and training
// images for a linear probe.
func (t *builder) choices(task string) {
	t.classify(task, "val", eval.SplitValidation, kind)
	t.classify(task, "diff", eval.SplitTrain, kind)
}

// comparisons tell how a kind differs from every other that shares its colour
// or its shape, in both directions: others are hardly ever confused.
func (t *builder) comparisons(task string) {
	if len(t.images["val"]) == 0 {
		return
	}
	for _, a := range kinds() {
		for _, b := range kinds() {
			colourA, shapeA, _ := strings.Cut(a, " ")
			colourB, shapeB, _ := strings.Cut(b, " ")
			if (colourA == colourB) != (shapeA == shapeB) {
				t.items = append(t.items, eval.Item{
					Kind: eval.KindComparison, Task: task, ClassA: a, ClassB: b,
					Text: "The first image shows " + world.Article(a) + ", while the second image shows " + world.Article(b) + ".",
				})
			}
		}
	}
}
