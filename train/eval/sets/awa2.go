package sets

import (
	"path"
	"slices"
)

// readAwA2 reads the ten test classes and the predicate matrix of all fifty.
func readAwA2(f folder, r reader) (*Set, error) {
	all, err := f.numbered("classes.txt")
	if err != nil {
		return nil, err
	}
	labels, err := f.lines("testclasses.txt")
	if err != nil {
		return nil, err
	}
	slices.Sort(labels) // the order of torchvision's class folders, for PaperCompat
	s := &Set{}
	if s.Classes, err = r.classes(f, labels); err != nil {
		return nil, err
	}
	for class, label := range labels {
		if !slices.Contains(all, label) {
			return nil, f.bad("testclasses.txt", "class %.40q is not in classes.txt", label)
		}
		images, err := f.imagesIn(path.Join("JPEGImages", label))
		if err != nil {
			return nil, err
		}
		for _, name := range images {
			s.Images = append(s.Images, Image{Name: name, Class: class, Split: test})
		}
	}
	s.attributes, err = f.predicates(r, all, labels)
	return s, err
}

// predicates reads the binary class attributes. The row of a class is found by
// its name (PaperCompat: by its place among the test classes, as published).
func (f folder) predicates(r reader, all, labels []string) (*attributes, error) {
	names, err := f.numbered("predicates.txt")
	if err != nil {
		return nil, err
	}
	a := &attributes{names: names, present: 1, absent: 0}
	if a.values, err = f.matrix("predicate-matrix-binary.txt", len(all), len(names)); err != nil {
		return nil, err
	}
	for i, label := range labels {
		row := slices.Index(all, label)
		if r.PaperCompat {
			row = i
		}
		a.rows = append(a.rows, row)
	}
	if r.PaperCompat {
		a.phrases = paperPredicates(names)
		return a, nil
	}
	a.phrases, err = r.phrases("attributes/awa2.txt")
	return a, err
}
