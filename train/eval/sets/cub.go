package sets

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// readCUB reads the list files, the class attributes and the captions of Reed
// et al., where they are there.
func readCUB(f folder, r reader) (*Set, error) {
	numberedLabels, err := f.numbered("classes.txt")
	if err != nil {
		return nil, err
	}
	labels := make([]string, len(numberedLabels))
	for i, l := range numberedLabels {
		_, labels[i], _ = strings.Cut(l, ".") // 001.Black_footed_Albatross
	}
	s := &Set{}
	if s.Classes, err = r.classes(f, labels); err != nil {
		return nil, err
	}
	images, err := f.numbered("images.txt")
	if err != nil {
		return nil, err
	}
	classes, err := f.numberedWithin("image_class_labels.txt", len(images), 1, len(labels))
	if err != nil {
		return nil, err
	}
	training, err := f.numberedWithin("train_test_split.txt", len(images), 0, 1)
	if err != nil {
		return nil, err
	}
	texts, err := f.captionFolder(r)
	if err != nil {
		return nil, err
	}
	for i, name := range images {
		img := Image{Name: f.join("images", name), Class: classes[i] - 1, Split: test}
		if training[i] == 1 {
			img.Split = train
		}
		if img.Split == test && texts.dir != "" {
			if img.Captions, err = texts.captions(name); err != nil {
				return nil, err
			}
		}
		s.Images = append(s.Images, img)
	}
	s.attributes, err = f.cubAttributes(r, len(labels))
	return s, err
}

// numberedWithin reads count numbered whole numbers from low to high.
func (f folder) numberedWithin(name string, count, low, high int) ([]int, error) {
	values, err := f.numbered(name)
	if err != nil {
		return nil, err
	}
	if len(values) != count {
		return nil, f.bad(name, "%d lines for %d images", len(values), count)
	}
	out := make([]int, count)
	for i, v := range values {
		n, err := strconv.Atoi(v)
		if err != nil || n < low || n > high {
			return nil, f.bad(name, "line %d has %.20q, outside %d to %d", i+1, v, low, high)
		}
		out[i] = n
	}
	return out, nil
}

// captionFolder finds the folder of captions; its dir is empty where there is none.
func (f folder) captionFolder(r reader) (folder, error) {
	for _, dir := range []string{f.join("text_c10"), f.join("text"), "text_c10", "cvpr2016_cub/text_c10"} {
		if is, err := exists(r.root, dir); err != nil || is {
			return folder{set: f.set, root: r.root, dir: dir}, err
		}
	}
	return folder{}, nil
}

// captions reads the captions of an image, a line each; an image may have none.
func (f folder) captions(image string) ([]string, error) {
	name := strings.TrimSuffix(image, path.Ext(image)) + ".txt"
	if is, err := exists(f.root, f.join(name)); err != nil || !is {
		return nil, err
	}
	return f.lines(name)
}

// cubAttributes reads how many percent of the annotators saw each attribute on
// a class; nil where the files are not there. attributes.txt lies beside the
// set's folder in the official archive.
func (f folder) cubAttributes(r reader, classes int) (*attributes, error) {
	const matrix = "attributes/class_attribute_labels_continuous.txt"
	if is, err := exists(f.root, f.join(matrix)); err != nil || !is {
		return nil, err
	}
	var list folder
	for _, dir := range []string{f.join("attributes"), f.dir, path.Dir(f.dir)} {
		is, err := exists(r.root, path.Join(dir, "attributes.txt"))
		if err != nil {
			return nil, err
		}
		if is {
			list = folder{set: f.set, root: r.root, dir: dir}
			break
		}
	}
	if list.dir == "" {
		return nil, nil
	}
	names, err := list.numbered("attributes.txt")
	if err != nil {
		return nil, err
	}
	a := &attributes{names: names, present: 50, absent: 10}
	if a.values, err = f.matrix(matrix, classes, len(names)); err != nil {
		return nil, err
	}
	for c := range classes {
		a.rows = append(a.rows, c)
	}
	if a.phrases, err = r.phrases("attributes/cub.txt"); err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, ok := a.phrases[name]; !ok {
			a.phrases[name] = birdPhrase(name)
		}
	}
	return a, nil
}

// birdPhrase makes a phrase of has_wing_color::buff or has_size::small_(5_-_9_in).
func birdPhrase(name string) string {
	part, value, _ := strings.Cut(strings.TrimPrefix(name, "has_"), "::")
	value, _, _ = strings.Cut(value, "_(")
	return strings.ReplaceAll(value+" "+part, "_", " ")
}

// matrix reads a table of numbers split by blanks.
func (f folder) matrix(name string, rows, columns int) ([][]float64, error) {
	all, err := f.lines(name)
	if err != nil {
		return nil, err
	}
	values, err := parseMatrix(all, rows, columns)
	if err != nil {
		return nil, f.bad(name, "%w", err)
	}
	return values, nil
}

func parseMatrix(all []string, rows, columns int) ([][]float64, error) {
	if len(all) != rows {
		return nil, fmt.Errorf("%d lines for %d classes", len(all), rows)
	}
	out := make([][]float64, rows)
	for i, line := range all {
		fields := strings.Fields(line)
		if len(fields) != columns {
			return nil, fmt.Errorf("line %d has %d numbers for %d attributes", i+1, len(fields), columns)
		}
		for _, field := range fields {
			x, err := strconv.ParseFloat(field, 64)
			if err != nil || !(x >= 0 && x <= 100) {
				return nil, fmt.Errorf("line %d has %.20q, no number from 0 to 100", i+1, field)
			}
			out[i] = append(out[i], x)
		}
	}
	return out, nil
}
