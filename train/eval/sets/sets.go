package sets

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/eval"
)

// Splits of the images of a set.
const (
	train      = eval.SplitTrain
	validation = eval.SplitValidation
	test       = eval.SplitTest
)

// Class is a class of a set.
type Class struct {
	Label string // as the set writes it
	Name  string // as a prompt names it
}

// Image is an image of a set.
type Image struct {
	Name     string   // what Images opens: a path under the data root
	Class    int      // index into the set's classes; 0 where it has none
	Split    string   // train, validation or test
	Captions []string // may be empty
}

// Set is an image set, read but for its pixels.
type Set struct {
	Name    string
	Dir     string // under the data root
	Classes []Class
	Images  []Image

	attributes *attributes // nil where the set has none
	reader     reader
}

// Missing is a set that was asked for and is not there.
type Missing struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
	Tree   string `json:"layout"`
}

// Data is an open data root. Close it.
type Data struct {
	*Images
	Sets    []*Set
	Missing []Missing // in the order of Sets
}

// Open reads the sets under a data root. A set that is not there is no error:
// it stands in Missing. Bad files of a set that is there ask for exit code 2.
func Open(root string, o Options) (*Data, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if info, err := os.Stat(o.Files); o.Files != "" && (err != nil || !info.IsDir()) {
		return nil, fault.Input("read class names", o.Files, "give --class-names a folder with classes/, templates/, ...", "no such folder")
	}
	images, err := OpenImages(root)
	if err != nil {
		return nil, err
	}
	d := &Data{Images: images}
	if err := d.read(o); err != nil {
		images.Close()
		return nil, err
	}
	return d, nil
}

func (d *Data) read(o Options) error {
	names := o.Sets
	if len(names) == 0 {
		names = Known()
	}
	read := reader{Options: o, root: d.root}
	for _, name := range names {
		if !filepath.IsLocal(name) {
			return fault.Input("read set", name, "name a known set or a folder under the data root", "%w", ErrLeaves)
		}
		l := named(name)
		dir, why, err := l.find(d.root)
		if err != nil {
			return err
		}
		if dir == "" {
			d.Missing = append(d.Missing, Missing{Name: name, Reason: why, Tree: l.tree})
			continue
		}
		set, err := l.read(folder{set: name, root: d.root, dir: dir}, read)
		if err != nil {
			return err
		}
		set.Name, set.Dir, set.reader = name, dir, read
		if err := set.check(); err != nil {
			return err
		}
		d.Sets = append(d.Sets, set)
	}
	return nil
}

// reader is what reading a set needs beside its folder.
type reader struct {
	Options
	root *os.Root // the data root, for files that lie beside the set's folder
}

// Count gives the number of images of each split.
func (s *Set) Count() (training, validating, testing int) {
	n := map[string]int{}
	for _, img := range s.Images {
		n[img.Split]++
	}
	return n[train], n[validation], n[test]
}

// check says whether every class has a test image and every image lies inside
// the data root. PaperCompat's splits may leave a class out.
func (s *Set) check() error {
	seen := make([]bool, len(s.Classes))
	for _, img := range s.Images {
		if !filepath.IsLocal(img.Name) {
			return fault.Input("read set "+s.Name, img.Name, "get the set anew", "%w", ErrLeaves)
		}
		if len(s.Classes) > 0 && img.Split == test {
			seen[img.Class] = true
		}
	}
	for c, has := range seen {
		if !has && !s.reader.PaperCompat {
			return fault.Input("read set "+s.Name, s.Dir, "complete the set, or take the class out of its list", "class %s has no test image", s.Classes[c].Label)
		}
	}
	if len(s.Images) == 0 {
		return fault.Input("read set "+s.Name, s.Dir, "complete the set", "%w", errNoImages)
	}
	return nil
}

var errNoImages = errors.New("the set has no image")
