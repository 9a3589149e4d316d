package rundir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pcclip/pcclip/shards/fault"
)

// Lock holds the run for one stage until the returned function is called or
// the process ends, however it ends. A second process is refused at once with
// the first one's process id. Stages with different names do not exclude each
// other.
func (d Dir) Lock(stage string) (unlock func(), err error) {
	path := d.File("." + stage + ".lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, &fault.Error{Op: "lock run folder", Where: d.Path, Err: err, Code: fault.Usage}
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock run folder %s: %w", d.Path, err)
		}
		return nil, fault.Input(stage, d.Path, "wait for it, stop it, or take another --run", "another process (%s) is using this run", holder(f))
	}
	if err := f.Truncate(0); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock run folder %s: %w", d.Path, err)
	}
	fmt.Fprintf(f, "pid %d\n", os.Getpid())
	return func() { f.Close() }, nil
}

func holder(f *os.File) string {
	b, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil || len(b) == 0 {
		return "pid unknown"
	}
	return strings.TrimSpace(string(b))
}
