package sets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/train/eval"
)

// Items draws all tasks of the set. The same options give the same items.
func (s *Set) Items() ([]eval.Item, error) {
	images := s.imageItems()
	out, err := s.classItems(images)
	if err != nil {
		return nil, err
	}
	out = append(out, images...)
	comparisons, err := s.comparisons()
	if err != nil {
		return nil, err
	}
	out = append(out, comparisons...)
	pairs, err := s.pairs()
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		out = append(out, p.item())
	}
	return out, nil
}

// imageItems gives the images to classify, of all splits that are asked for, or
// to retrieve by their captions.
func (s *Set) imageItems() []eval.Item {
	var out []eval.Item
	for _, i := range s.limited() {
		img := s.Images[i]
		if len(s.Classes) > 0 {
			out = append(out, s.classify(i, ""))
			continue
		}
		for _, text := range img.Captions {
			out = append(out, eval.Item{Kind: eval.KindRetrieve, Task: s.Name, Image: img.Name, Text: text})
		}
	}
	validating, training := s.held()
	for _, i := range validating {
		out = append(out, s.classify(i, eval.SplitValidation))
	}
	for _, i := range training {
		out = append(out, s.classify(i, eval.SplitTrain))
	}
	return out
}

func (s *Set) classify(image int, split string) eval.Item {
	img := s.Images[image]
	return eval.Item{Kind: eval.KindClassify, Task: s.Name, Split: split, Image: img.Name, Label: s.Classes[img.Class].Label}
}

// classItems gives a prompt of each class and template. A class without image
// only distracts.
func (s *Set) classItems(images []eval.Item) ([]eval.Item, error) {
	if len(s.Classes) == 0 {
		return nil, nil
	}
	templates, err := s.templates()
	if err != nil {
		return nil, err
	}
	shown := map[string]bool{}
	for _, it := range images {
		shown[it.Label] = true
	}
	var out []eval.Item
	for _, c := range s.Classes {
		for _, t := range templates {
			out = append(out, eval.Item{Kind: eval.KindClass, Task: s.Name, Label: c.Label, Text: strings.ReplaceAll(t, "{}", c.Name), Distractor: !shown[c.Label]})
		}
	}
	return out, nil
}

func (p pair) item() eval.Item {
	return eval.Item{
		Kind: eval.KindDifference, Task: p.task, Group: fmt.Sprintf("seed %d", p.seed), Order: p.order, ImageA: p.a, ImageB: p.b,
		Text: p.text, Reversed: p.reversed, CaptionA: p.captionA, CaptionB: p.captionB,
	}
}

// limited lists the test images, at most Options.Limit of them, as many of each
// class as there are; in the set's order.
func (s *Set) limited() []int {
	all := s.testImages(func(int) bool { return true })
	if s.reader.Limit == 0 || s.reader.Limit >= len(all) {
		return all
	}
	var out []int
	if len(s.Classes) == 0 {
		out = drawn(all, s.reader.Limit, s.reader.Seed, "sets/"+s.Name+"/limit", 0)
	} else {
		out = s.balanced(all, s.reader.Limit, s.reader.Seed, s.Name+"/limit")
	}
	slices.Sort(out)
	return out
}
