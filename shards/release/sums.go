package release

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pcclip/pcclip/shards"
)

// sums lists every file with its hash, as `sha256sum -c` reads it.
func (w *freezer) sums() error {
	names, err := listFiles(w.f.root)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, name := range names {
		sum, err := shards.SHA256(w.f.path(name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s  %s\n", sum, name)
	}
	return shards.WriteFile(w.f.path(sumsFile), b.Bytes())
}

// listFiles gives the slash paths of all files under root, sorted.
func listFiles(root string) ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", root, err)
	}
	slices.Sort(names)
	return names, nil
}
