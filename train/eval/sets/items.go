package sets

import (
	"slices"
	"strings"

	"github.com/pcclip/pcclip/train/eval"
)

// Items draws all tasks of the set. The same options give the same items.
func (s *Set) Items() ([]eval.Item, error) {
	images := s.limited()
	out, err := s.classItems(images)
	if err != nil {
		return nil, err
	}
	for _, i := range images {
		img := s.Images[i]
		if len(s.Classes) > 0 {
			out = append(out, eval.Item{Kind: eval.KindClassify, Task: s.Name, Image: img.Name, Label: s.Classes[img.Class].Label})
			continue
		}
		for _, text := range img.Captions {
			out = append(out, eval.Item{Kind: eval.KindRetrieve, Task: s.Name, Image: img.Name, Text: text})
		}
	}
	pairs, err := s.pairs()
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		out = append(out, p.item())
	}
	return out, nil
}

// classItems gives a prompt of each class and template; classes that no image
// has are distractors.
func (s *Set) classItems(images []int) ([]eval.Item, error) {
	if len(s.Classes) == 0 {
		return nil, nil
	}
	templates, err := s.templates()
	if err != nil {
		return nil, err
	}
	present := map[int]bool{}
	for _, i := range images {
		present[s.Images[i].Class] = true
	}
	var out []eval.Item
	for k, c := range s.Classes {
		for _, t := range templates {
			out = append(out, eval.Item{Kind: eval.KindClass, Task: s.Name, Label: c.Label, Text: strings.ReplaceAll(t, "{}", c.Name), Distractor: !present[k]})
		}
	}
	return out, nil
}

func (p pair) item() eval.Item {
	return eval.Item{
		Kind: eval.KindDifference, Task: p.task, Order: p.order, ImageA: p.a, ImageB: p.b,
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
