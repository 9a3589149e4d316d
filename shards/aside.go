package shards

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// aside is a file under way beside its final place. Nobody sees it under its
// name before commit, and never in part.
type aside struct {
	*os.File
	path string
}

func createAside(path string) (*aside, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	return &aside{File: f, path: path}, nil
}

// commit syncs the file, gives it its name and syncs the folder, so that after
// a power cut the name holds the old bytes or all of the new ones.
func (a *aside) commit() error {
	if err := errors.Join(a.Chmod(0o644), a.Sync(), a.Close()); err != nil {
		os.Remove(a.Name())
		return fmt.Errorf("write %s: %w", a.path, err)
	}
	if err := os.Rename(a.Name(), a.path); err != nil {
		os.Remove(a.Name())
		return fmt.Errorf("write %s: %w", a.path, err)
	}
	return syncFolder(filepath.Dir(a.path))
}

// abort removes the file.
func (a *aside) abort() {
	a.Close()
	os.Remove(a.Name())
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync folder %s: %w", path, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder %s: %w", path, err)
	}
	return nil
}

// WriteFile writes a whole file aside, syncs it, renames it into place and
// syncs the folder.
func WriteFile(path string, data []byte) error {
	a, err := createAside(path)
	if err != nil {
		return err
	}
	if _, err := a.Write(data); err != nil {
		a.abort()
		return fmt.Errorf("write %s: %w", path, err)
	}
	return a.commit()
}
