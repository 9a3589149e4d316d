package libtorch

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// flush brings a tree to the disk: one call for its file system, instead of
// one for each of ten thousand headers.
func flush(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("flush %s: %w", dir, err)
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("flush %s: %w", dir, err)
	}
	return nil
}
