package sets

import (
	"path"
	"strings"
)

// readSUN397 reads ClassName.txt (/a/abbey, /a/apse/indoor) and the first
// official partition where it is there: 50 images a class on either side. Else,
// and for PaperCompat, a tenth of all images is the test split.
func readSUN397(f folder, r reader) (*Set, error) {
	paths, err := f.lines("ClassName.txt")
	if err != nil {
		return nil, err
	}
	labels, classOf := make([]string, len(paths)), map[string]int{}
	for i, p := range paths {
		parts := strings.SplitN(p, "/", 3) // "", letter, class
		if len(parts) != 3 || parts[0] != "" || parts[2] == "" {
			return nil, f.bad("ClassName.txt", "line %d is no class like /a/abbey: %.80q", i+1, p)
		}
		labels[i], classOf[p] = parts[2], i
	}
	s := &Set{}
	if s.Classes, err = r.classes(f, labels); err != nil {
		return nil, err
	}
	partition, err := f.partition(r)
	if err != nil {
		return nil, err
	}
	if partition.dir == "" || r.PaperCompat {
		for class, p := range paths {
			images, err := f.imagesIn(strings.TrimPrefix(p, "/"))
			if err != nil {
				return nil, err
			}
			for _, name := range images {
				s.Images = append(s.Images, Image{Name: name, Class: class})
			}
		}
		s.splitTenth(r, f.set)
		return s, nil
	}
	for _, part := range []struct{ file, split string }{{"Training_01.txt", train}, {"Testing_01.txt", test}} {
		all, err := partition.lines(part.file)
		if err != nil {
			return nil, err
		}
		for n, line := range all {
			class, ok := classOf[path.Dir(line)]
			if !ok {
				return nil, partition.bad(part.file, "line %d is in no class of ClassName.txt: %.80q", n+1, line)
			}
			s.Images = append(s.Images, Image{Name: f.join(line), Class: class, Split: part.split})
		}
	}
	return s, nil
}

// partition finds the folder of the official split; its dir is empty where
// there is none.
func (f folder) partition(r reader) (folder, error) {
	for _, dir := range []string{f.dir, f.join("Partitions"), "Partitions", "SUN397_Partitions"} {
		p := folder{set: f.set, root: r.root, dir: dir}
		for _, name := range []string{"Training_01.txt", "Testing_01.txt"} {
			is, err := exists(p.root, p.join(name))
			if err != nil {
				return folder{}, err
			}
			if !is {
				p.dir = ""
				break
			}
		}
		if p.dir != "" {
			return p, nil
		}
	}
	return folder{}, nil
}
