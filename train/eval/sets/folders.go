package sets

import (
	"fmt"
	"path"
	"slices"

	"github.com/pcclip/pcclip/shards/order"
)

// readEuroSAT reads class folders. The set has no official split: a tenth of
// the images is the test split, of each class a tenth (PaperCompat: of all).
func readEuroSAT(f folder, r reader) (*Set, error) {
	s, err := classFolders(f, r, []string{"."})
	if err != nil {
		return nil, err
	}
	s.splitTenth(r, f.set)
	return s, nil
}

// readFolders reads any folder of class folders; those in train/ and test/ (or
// val/) are splits, else a tenth of each class is the test split.
func readFolders(f folder, r reader) (*Set, error) {
	top, err := f.names(".", isFolder)
	if err != nil {
		return nil, err
	}
	tests := ""
	for _, name := range []string{"test", "val", "validation"} {
		if tests == "" && slices.Contains(top, name) {
			tests = name
		}
	}
	if tests == "" || !slices.Contains(top, "train") {
		s, err := classFolders(f, r, []string{"."})
		if err == nil {
			s.splitTenth(r, f.set)
		}
		return s, err
	}
	s, err := classFolders(f, r, []string{tests, "train"})
	if err != nil {
		return nil, err
	}
	for i := range s.Images {
		if path.Dir(path.Dir(s.Images[i].Name)) == f.join("train") {
			s.Images[i].Split = train
		}
	}
	return s, nil
}

// classFolders lists the images of class folders under each of the parts. The
// classes are those of the first part; all images are in the test split.
func classFolders(f folder, r reader, parts []string) (*Set, error) {
	labels, err := f.names(parts[0], isFolder)
	if err != nil {
		return nil, err
	}
	s := &Set{}
	if s.Classes, err = r.classes(f, labels); err != nil {
		return nil, err
	}
	for _, part := range parts {
		found, err := f.names(part, isFolder)
		if err != nil {
			return nil, err
		}
		for _, label := range found {
			class := slices.Index(labels, label)
			if class < 0 {
				return nil, f.bad(path.Join(part, label), "no such class in %s", parts[0])
			}
			images, err := f.imagesIn(path.Join(part, label))
			if err != nil {
				return nil, err
			}
			for _, name := range images {
				s.Images = append(s.Images, Image{Name: name, Class: class, Split: test})
			}
		}
	}
	return s, nil
}

// imagesIn lists the images of a folder of the set, by name under the data root.
func (f folder) imagesIn(dir string) ([]string, error) {
	names, err := f.names(dir, isImage)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, f.bad(dir, "class without image")
	}
	for i := range names {
		names[i] = f.join(dir, names[i])
	}
	return names, nil
}

// splitTenth draws a tenth of the images as the test split, rounded up; the
// others are for training.
func (s *Set) splitTenth(r reader, set string) {
	var all []int
	for i := range s.Images {
		s.Images[i].Split = train
		all = append(all, i)
	}
	pools := [][]int{all}
	if !r.PaperCompat {
		pools = s.byClass(all)
	}
	for class, pool := range pools {
		for _, i := range drawn(pool, (len(pool)+9)/10, r.Seed, "sets/"+set+"/tenth", class) {
			s.Images[i].Split = test
		}
	}
}

// byClass sorts image indices into one list a class.
func (s *Set) byClass(images []int) [][]int {
	out := make([][]int, len(s.Classes))
	for _, i := range images {
		out[s.Images[i].Class] = append(out[s.Images[i].Class], i)
	}
	return out
}

// drawn draws up to n of the pool, in the order of the draw.
func drawn(pool []int, n int, seed int64, label string, part int) []int {
	p := order.New(uint64(len(pool)), seed, fmt.Sprintf("%s/%d", label, part))
	out := make([]int, min(n, len(pool)))
	for k := range out {
		out[k] = pool[p.At(uint64(k))]
	}
	return out
}
