package eval

import (
	"errors"
	"fmt"
)

// Kinds of a task item.
const (
	KindDifference = "difference" // does the text point along image a - image b?
	KindClass      = "class"      // a class of a classification task, with its prompt
	KindClassify   = "classify"   // an image of a classification task, with its label
	KindComparison = "comparison" // how a class differs from another one of its task
	KindRetrieve   = "retrieve"   // an image and its text among those of the task
	KindDelta      = "delta"      // from image b, by the text, to image a among those of the task
)

// Orders of mention of a difference text.
const (
	OrderFirst  = "first"  // the text names image a first, as the paper's templates do
	OrderSecond = "second" // the text names image b first
)

// Splits of classification and delta items. Choices (class pairs, alpha, step)
// are made on validation items, a linear probe learns from train items, and
// scores come from test items alone.
const (
	SplitTest       = "test" // where an item names none
	SplitValidation = "validation"
	SplitTrain      = "train"
)

// Item is one line of a task file (JSON Lines). Which fields a kind needs:
//
//	difference  task, image_a, image_b, text; reversed (the text of b relative
//	            to a) for the two-way count; caption_a, caption_b for the
//	            caption-subtraction baseline; order, "first" where left out;
//	            group, for scores by group
//	class       task, label, text (the prompt); distractor where no image has it
//	classify    task, image, label; split, "test" where left out
//	comparison  task, class_a, class_b, text (a relative to b)
//	retrieve    task, image, text
//	delta       task, image_b, text, image_a; split
//
// Images are names in the images folder.
type Item struct {
	Kind       string `json:"kind"`
	Task       string `json:"task"`
	Group      string `json:"group,omitempty"`
	Split      string `json:"split,omitempty"`
	Order      string `json:"order,omitempty"`
	ImageA     string `json:"image_a,omitempty"`
	ImageB     string `json:"image_b,omitempty"`
	Text       string `json:"text,omitempty"`
	Reversed   string `json:"reversed,omitempty"`
	CaptionA   string `json:"caption_a,omitempty"`
	CaptionB   string `json:"caption_b,omitempty"`
	Image      string `json:"image,omitempty"`
	Label      string `json:"label,omitempty"`
	ClassA     string `json:"class_a,omitempty"`
	ClassB     string `json:"class_b,omitempty"`
	Distractor bool   `json:"distractor,omitempty"`
}

// check names the first thing that is wrong with an item.
func (it Item) check() error {
	need := map[string][][2]string{
		KindDifference: {{"image_a", it.ImageA}, {"image_b", it.ImageB}, {"text", it.Text}},
		KindClass:      {{"label", it.Label}, {"text", it.Text}},
		KindClassify:   {{"image", it.Image}, {"label", it.Label}},
		KindComparison: {{"class_a", it.ClassA}, {"class_b", it.ClassB}, {"text", it.Text}},
		KindRetrieve:   {{"image", it.Image}, {"text", it.Text}},
		KindDelta:      {{"image_b", it.ImageB}, {"text", it.Text}, {"image_a", it.ImageA}},
	}
	fields, ok := need[it.Kind]
	switch {
	case !ok:
		return fmt.Errorf("unknown kind %q; known are difference, class, classify, comparison, retrieve, delta", it.Kind)
	case it.Task == "":
		return errors.New("task is missing")
	case it.Order != "" && it.Order != OrderFirst && it.Order != OrderSecond:
		return fmt.Errorf("order is %q, not first or second", it.Order)
	case it.Split != "" && it.Split != SplitTest && it.Split != SplitValidation && it.Split != SplitTrain:
		return fmt.Errorf("split is %q, not test, validation or train", it.Split)
	case (it.CaptionA == "") != (it.CaptionB == ""):
		return errors.New("caption_a and caption_b go together")
	}
	for _, f := range fields {
		if f[1] == "" {
			return fmt.Errorf("%s is missing in a %s item", f[0], it.Kind)
		}
	}
	if it.Kind == KindComparison && it.ClassA == it.ClassB {
		return fmt.Errorf("class_a and class_b are both %q", it.ClassA)
	}
	return nil
}

// in says whether an item belongs to a split.
func (it Item) in(split string) bool {
	return it.Split == split || it.Split == "" && split == SplitTest
}

// texts lists the texts of an item.
func (it Item) texts() []string { return given(it.Text, it.Reversed, it.CaptionA, it.CaptionB) }

// images lists the images of an item.
func (it Item) images() []string { return given(it.ImageA, it.ImageB, it.Image) }

// Images lists the distinct images of items, in the order of their first
// appearance.
func Images(items []Item) []string {
	var out []string
	seen := map[string]bool{}
	for _, it := range items {
		for _, name := range it.images() {
			if !seen[name] {
				seen[name], out = true, append(out, name)
			}
		}
	}
	return out
}

func given(some ...string) []string {
	out := some[:0]
	for _, s := range some {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
