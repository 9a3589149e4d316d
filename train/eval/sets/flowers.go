package sets

import "fmt"

// flowersName is how images are named, from 1.
const flowersName = "jpg/image_%05d.jpg"

// readFlowers102 reads imagelabels.mat (labels, 1 to 102) and setid.mat (trnid,
// valid, tstid: image numbers from 1). The set itself names no class: the label
// list is the built-in classes/flowers102.txt, in the order of the labels.
func readFlowers102(f folder, r reader) (*Set, error) {
	labels, err := f.matVector("imagelabels.mat", "labels")
	if err != nil {
		return nil, err
	}
	names, err := listed("flowers102")
	if err != nil {
		return nil, err
	}
	s := &Set{}
	if s.Classes, err = r.classes(f, names); err != nil {
		return nil, err
	}
	split := make([]string, len(labels))
	for _, part := range []struct{ variable, split string }{{"trnid", train}, {"valid", validation}, {"tstid", test}} {
		numbers, err := f.matVector("setid.mat", part.variable)
		if err != nil {
			return nil, err
		}
		for _, n := range numbers {
			if n < 1 || n > len(labels) {
				return nil, f.bad("setid.mat", "%s names image %d; imagelabels.mat has 1 to %d", part.variable, n, len(labels))
			}
			if split[n-1] != "" {
				return nil, f.bad("setid.mat", "image %d is in %s and in %s", n, split[n-1], part.split)
			}
			split[n-1] = part.split
		}
	}
	for i, label := range labels {
		if label < 1 || label > len(s.Classes) {
			return nil, f.bad("imagelabels.mat", "image %d has label %d, outside 1 to %d", i+1, label, len(s.Classes))
		}
		if split[i] != "" {
			s.Images = append(s.Images, Image{Name: f.join(fmt.Sprintf(flowersName, i+1)), Class: label - 1, Split: split[i]})
		}
	}
	return s, nil
}

func (f folder) matVector(file, variable string) ([]int, error) {
	data, err := f.read(file)
	if err != nil {
		return nil, err
	}
	vectors, err := matVectors(data)
	if err != nil {
		return nil, f.bad(file, "%w", err)
	}
	values, ok := vectors[variable]
	if !ok {
		return nil, f.bad(file, "no numeric variable %s", variable)
	}
	return values, nil
}
