package answers

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pcclip/pcclip/shards/fault"
)

// lock holds the file beside the store until it is closed or the process ends.
// The file stays: removing a locked file would let a third process lock its
// successor.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fault.Input("lock answers", path, "give an existing run folder that can be written", "%w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock answers %s: %w", path, err)
		}
		return nil, fault.Input("lock answers", path, "wait for it, stop it, or take another --run", "another process (%s) is using this run", holder(f))
	}
	if err := errors.Join(f.Truncate(0), write(f, fmt.Sprintf("pid %d\n", os.Getpid()))); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock answers %s: %w", path, err)
	}
	return f, nil
}

// unlock gives the store free. Closing alone would not do while a process that is
// just being started still has the file, too.
func unlock(f *os.File) error {
	return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.Close())
}

func write(f *os.File, s string) error {
	_, err := f.WriteString(s)
	return err
}

func holder(f *os.File) string {
	b, err := io.ReadAll(io.LimitReader(f, 64))
	if s := strings.TrimSpace(string(b)); err == nil && s != "" {
		return s
	}
	return "pid unknown"
}
