package dataset

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/shards/fault"
)

// Images is an open images folder. No name from data leads out of it: not by
// .., not by an absolute path, not by a symbolic link. Close it.
type Images struct {
	path string
	root *os.Root
}

// OpenImages opens a folder.
func OpenImages(dir string) (*Images, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Input("open images folder", dir, "give --images the folder that the file names are relative to", "%w", err)
	}
	return &Images{path: dir, root: root}, nil
}

// Close closes the folder.
func (i *Images) Close() error { return i.root.Close() }

// Open opens an image by the name its dataset gives it. The caller closes it.
// The error of a name that leaves the folder asks for exit code 2.
func (i *Images) Open(name string) (io.ReadCloser, error) {
	if !filepath.IsLocal(name) {
		return nil, i.unsafe(name)
	}
	f, err := i.root.Open(name)
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Input("open image", name, "check --images", "no such file in %s", i.path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fault.Input("open image", name, "make it readable", "%w", err)
	}
	return nil, i.unsafe(name)
}

// Has says whether there is a regular file of that name in the folder.
func (i *Images) Has(name string) (bool, error) {
	if !filepath.IsLocal(name) {
		return false, i.unsafe(name)
	}
	info, err := i.root.Stat(name)
	switch {
	case err == nil:
		return info.Mode().IsRegular(), nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	}
	return false, i.unsafe(name)
}

func (i *Images) unsafe(name string) error {
	return fault.Input("open image", name, "names in a dataset are relative to the images folder and stay inside it", "the path leaves %s", i.path)
}
