package sets

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

// ErrLeaves marks the error of a name that leads out of the data root.
var ErrLeaves = errors.New("the path leaves the data root")

// Images opens images under a data root. No name leads out of it: not by ..,
// not by an absolute path, not by a symbolic link. It is safe for concurrent
// use. Close it.
type Images struct{ root *os.Root }

// OpenImages opens a data root.
func OpenImages(dir string) (*Images, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Input("open data root", dir, "give --data-root the folder that the sets lie in", "%w", err)
	}
	return &Images{root: root}, nil
}

// Close closes the data root.
func (i *Images) Close() error { return i.root.Close() }

// Open opens an image by its name in a task. An image of CIFAR's binary files
// (cifar-100-binary/test.bin#17 is the record after 17 others) comes as a PNG,
// encoded on the fly: its pixels are those of the file. The caller closes it.
// The errors of bad names and missing files ask for exit code 2.
func (i *Images) Open(name string) (io.ReadCloser, error) {
	if !filepath.IsLocal(name) {
		return nil, leaves(name)
	}
	if file, record, ok := binaryRecord(name); ok {
		return i.openRecord(name, file, record)
	}
	return openRegular(i.root, name)
}

// openRegular opens a regular file: a pipe would wait for its writer.
func openRegular(root *os.Root, name string) (*os.File, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, explain(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fault.Input("open", name, "check the data root", "not a file")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, explain(name, err)
	}
	return f, nil
}

func leaves(name string) error {
	return fault.Input("open", name, "names are relative to the data root and stay inside it", "%w", ErrLeaves)
}

// explain tells a failure of the system from a path that leads out, for which
// package os has no name: it alone carries no number of the system's.
func explain(name string, err error) error {
	var number syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist), notFolder(err):
		return fault.Input("open", name, "check --data-root", "no such file")
	case errors.Is(err, fs.ErrPermission):
		return fault.Input("open", name, "make it readable", "%w", err)
	case errors.As(err, &number), errors.Is(err, fs.ErrClosed):
		return fmt.Errorf("open %s: %w", name, err)
	}
	return leaves(name)
}

// notFolder says that a part of the path is a file.
func notFolder(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
