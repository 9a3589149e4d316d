package dataset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pcclip/pcclip/shards/fault"
)

// Images is an open images folder. No name from data leads out of it: not by
// .., not by an absolute path, not by a symbolic link. It is safe for
// concurrent use. Close it.
type Images struct {
	path string
	root *os.Root
}

// ErrLeaves marks the error of a name that leads out of its images folder.
var ErrLeaves = errors.New("the path leaves")

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
// The error of a name that leaves the folder, or that there is no file of, asks
// for exit code 2.
func (i *Images) Open(name string) (io.ReadCloser, error) {
	is, err := i.Has(name) // first, as opening a pipe would wait for its writer
	switch {
	case err != nil:
		return nil, err
	case !is:
		return nil, i.missing(name)
	}
	f, err := i.root.Open(name)
	if err != nil {
		return nil, i.explain(name, err)
	}
	return f, nil
}

// Has says whether there is a regular file of that name in the folder. It fails
// as Open does, but for a file that is not there.
func (i *Images) Has(name string) (bool, error) {
	if !filepath.IsLocal(name) {
		return false, i.unsafe(name)
	}
	info, err := i.root.Stat(name)
	switch {
	case err == nil:
		return info.Mode().IsRegular(), nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return false, nil
	}
	return false, i.explain(name, err)
}

// explain tells a failure of the system from a path that leads out, for which
// package os has no name: it alone carries no number of the system's.
func (i *Images) explain(name string, err error) error {
	var number syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return i.missing(name)
	case errors.Is(err, fs.ErrPermission):
		return fault.Input("open image", name, "make it readable", "%w", err)
	case errors.As(err, &number), errors.Is(err, fs.ErrClosed):
		return fmt.Errorf("open image %s in %s: %w", name, i.path, err)
	}
	return i.unsafe(name)
}

func (i *Images) missing(name string) error {
	return fault.Input("open image", name, "check --images", "no such file in %s", i.path)
}

func (i *Images) unsafe(name string) error {
	return fault.Input("open image", name, "names in a dataset are relative to the images folder and stay inside it", "%w %s", ErrLeaves, i.path)
}
