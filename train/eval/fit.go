package eval

import "fmt"

// fit checks that the items of each task fit together, and gives the first
// item that does not.
func fit(items []Item) (int, error) {
	classes, images := map[[2]string]bool{}, map[[2]string]bool{}
	test, chosen := map[string]bool{}, map[string]bool{}
	for _, it := range items {
		switch key := [2]string{it.Task, it.Label}; it.Kind {
		case KindClass:
			classes[key] = true
		case KindClassify:
			images[key] = true
			test[it.Task] = test[it.Task] || it.in(SplitTest)
			chosen[it.Task] = chosen[it.Task] || it.in(SplitValidation)
		}
	}
	for i, it := range items {
		if err := fits(it, classes, images); err != nil {
			return i, err
		}
		switch {
		case (it.Kind == KindClassify || it.Kind == KindClass) && !test[it.Task]:
			return i, fmt.Errorf("task %q has no image to test on: every classify item is of another split", it.Task)
		case it.Kind == KindComparison && !chosen[it.Task]:
			return i, fmt.Errorf("task %q has comparisons but no validation images, on which class pairs and alpha are chosen", it.Task)
		}
	}
	return 0, nil
}

// fits checks an item against the labels that have prompts and images.
func fits(it Item, classes, images map[[2]string]bool) error {
	label := func(l string) [2]string { return [2]string{it.Task, l} }
	switch it.Kind {
	case KindClassify:
		if !classes[label(it.Label)] {
			return fmt.Errorf("task %q has no class with label %q", it.Task, it.Label)
		}
	case KindClass:
		if !images[label(it.Label)] && !it.Distractor {
			return fmt.Errorf("no image of task %q has the class %q; give it images, or mark it as a distractor", it.Task, it.Label)
		}
	case KindComparison:
		for _, l := range []string{it.ClassA, it.ClassB} {
			if !classes[label(l)] {
				return fmt.Errorf("task %q has no class with label %q", it.Task, l)
			}
		}
	}
	return nil
}
