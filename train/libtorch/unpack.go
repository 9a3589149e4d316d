package libtorch

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// unpack takes out of the wheels what a build and a run on a CPU need, in the
// wheels' own layout: torch/include, libtorch_cpu, libc10, and of the shared
// libraries that these need, level by level, those that a wheel has.
func unpack(ctx context.Context, into *os.Root, wheels []*zip.Reader) error {
	libraries := map[string]*zip.File{} // by base name
	for _, w := range wheels {
		for _, f := range w.File {
			if !filepath.IsLocal(filepath.FromSlash(f.Name)) || strings.Contains(f.Name, `\`) {
				return fmt.Errorf("unpack wheel: %q points outside its folder", f.Name)
			}
			switch {
			case strings.HasSuffix(f.Name, "/"): // a folder
			case strings.HasPrefix(f.Name, "torch/include/"):
				if err := extract(ctx, into, f, 0o644); err != nil {
					return err
				}
			case isLibrary(f.Name):
				libraries[path.Base(f.Name)] = f
			}
		}
	}
	return unpackLibraries(ctx, into, libraries, []string{"libtorch_cpu.so", "libc10.so"})
}

// isLibrary tells whether the file lies where the loader would look for it.
func isLibrary(name string) bool {
	dir := path.Dir(name)
	return dir == "torch/lib" || strings.HasPrefix(dir, "nvidia/") && path.Base(dir) == "lib"
}

// unpackLibraries takes out the first libraries and what they need.
func unpackLibraries(ctx context.Context, into *os.Root, libraries map[string]*zip.File, queue []string) error {
	for _, name := range queue {
		if libraries[name] == nil {
			return fmt.Errorf("unpack wheel: it has no torch/lib/%s", name)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		f := libraries[queue[0]]
		if f == nil {
			continue // done, or the system has it: the whole is checked at the end
		}
		delete(libraries, queue[0])
		if err := extract(ctx, into, f, 0o755); err != nil {
			return err
		}
		o, err := readObject(filepath.Join(into.Name(), filepath.FromSlash(f.Name)))
		if err != nil {
			return err
		}
		queue = append(queue, o.needed...)
	}
	return nil
}

// extract writes one file of a wheel.
func extract(ctx context.Context, into *os.Root, f *zip.File, mode os.FileMode) error {
	if !f.Mode().IsRegular() {
		return fmt.Errorf("unpack wheel: %s is not a regular file", f.Name)
	}
	from, err := f.Open()
	if err != nil {
		return fmt.Errorf("unpack wheel: %s: %w", f.Name, err)
	}
	defer from.Close()
	if err := into.MkdirAll(path.Dir(f.Name), 0o755); err != nil {
		return fmt.Errorf("unpack wheel: %w", err)
	}
	to, err := into.OpenFile(f.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("unpack wheel: %w", err)
	}
	_, err = io.Copy(to, &reader{ctx, from})
	if err := errors.Join(err, to.Close()); err != nil {
		return fmt.Errorf("unpack wheel: %s: %w", f.Name, err)
	}
	return nil
}
