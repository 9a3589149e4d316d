// Package rundir is the folder of one run: who holds it, and with which
// settings each stage worked in it. It knows nothing of what the stages do.
package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/shards/fault"
)

// Dir is a run folder. It is a plain path holder: safe to copy and share.
type Dir struct{ Path string }

// Create makes the folder where it is missing.
func Create(path string) (Dir, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return Dir{}, &fault.Error{Op: "create run folder", Where: path, Err: err, Hint: "give --run a folder you may write to", Code: fault.Usage}
	}
	return Dir{Path: path}, nil
}

// Open takes a folder that an earlier stage made.
func Open(path string) (Dir, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Dir{}, fault.Input("open run folder", path, "make it with: pcclip sample --captions FILE --run "+path, "no such folder")
	}
	if err != nil {
		return Dir{}, fmt.Errorf("open run folder %s: %w", path, err)
	}
	if !info.IsDir() {
		return Dir{}, fault.Input("open run folder", path, "give --run a folder", "it is a file")
	}
	return Dir{Path: path}, nil
}

// File gives the path of a file of the run.
func (d Dir) File(elem ...string) string {
	return filepath.Join(append([]string{d.Path}, elem...)...)
}
