package sets

import (
	"slices"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/eval"
)

// Images of each class that choices are made on, and that a linear probe draws
// its five of; the published probe has five times as many images as classes,
// whatever their classes.
const (
	validationPerClass = 10
	probePerClass      = 10
	paperProbe         = 5
)

// held draws the validation and training images that are asked for, none of
// both kinds. Validation images are the official ones, else some of the training
// images, at most half of them.
func (s *Set) held() (validating, training []int) {
	var official, pool []int
	for i, img := range s.Images {
		switch img.Split {
		case validation:
			official = append(official, i)
		case train:
			pool = append(pool, i)
		}
	}
	o, n := s.reader.Options, len(s.Classes)
	if o.Comparative {
		validating = official
		if len(official) == 0 {
			validating = s.balanced(pool, min(validationPerClass*n, len(pool)/2), o.Seed, s.Name+"/validation")
		}
		slices.Sort(validating)
		pool = slices.DeleteFunc(pool, func(i int) bool {
			_, taken := slices.BinarySearch(validating, i)
			return taken
		})
	}
	switch {
	case !o.Probe:
	case o.PaperCompat:
		training = drawn(pool, paperProbe*n, o.Seed, "sets/"+s.Name+"/probe", 0)
	default:
		training = s.balanced(pool, probePerClass*n, o.Seed, s.Name+"/probe")
	}
	slices.Sort(training)
	return validating, training
}

// comparisons reads comparisons/SET.txt: rows of class a, class b and how a
// differs from b. Those built in are of the paper's pairs; they are left out
// where the set at hand lacks the class.
func (s *Set) comparisons() ([]eval.Item, error) {
	if !s.reader.Comparative {
		return nil, nil
	}
	name := "comparisons/" + s.Name + ".txt"
	rows, err := s.reader.own(name, 3, 3)
	own := rows != nil
	if err == nil && !own {
		rows, err = shipped(name, 3, 3)
	}
	if err != nil {
		return nil, err
	}
	var out []eval.Item
	for _, row := range rows {
		lacks := slices.IndexFunc(row[:2], func(label string) bool {
			return !slices.ContainsFunc(s.Classes, func(c Class) bool { return c.Label == label })
		})
		switch {
		case lacks < 0 && row[0] != row[1]:
			out = append(out, eval.Item{Kind: eval.KindComparison, Task: s.Name, ClassA: row[0], ClassB: row[1], Text: row[2]})
		case lacks < 0:
			return nil, fault.Input("read", name, "compare two classes", "%.40q is compared with itself", row[0])
		case own:
			return nil, fault.Input("read", name, "name a class as the set does", "%s has no class %.40q", s.Name, row[lacks])
		}
	}
	if validating, _ := s.held(); len(out) > 0 && len(validating) == 0 {
		return nil, fault.Input("read set "+s.Name, s.Dir, "add the set's training images, or leave out --comparative", "comparative prompting needs images to choose on")
	}
	return out, nil
}
