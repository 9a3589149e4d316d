package libtorch

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
)

// unpackedSize is what the cached libtorch takes, in bytes, rounded up.
const unpackedSize = 560e6

// Fetch downloads the pinned libtorch into the cache folder and gives it. It
// takes some 1.1 GB of disk while it works and 0.5 GB after. Several processes
// may call it at the same time: one works, the others wait and take its
// result. Whatever ends it early, nothing half-made is left where Find looks.
func Fetch(ctx context.Context, o Options) (Install, error) {
	return o.fetch(ctx, pinned())
}

func (o Options) fetch(ctx context.Context, wheels []wheel) (Install, error) {
	if err := o.Validate(); err != nil {
		return Install{}, err
	}
	if len(wheels) == 0 {
		return Install{}, fault.Input("download libtorch", runtime.GOOS+"/"+runtime.GOARCH, waysOut, "downloads are pinned for linux/amd64 only")
	}
	if err := glibc(ctx, o.Wait); err != nil {
		return Install{}, err
	}
	python, err := o.findPip(ctx)
	if err != nil {
		return Install{}, err
	}
	if err := os.MkdirAll(o.root(), 0o755); err != nil {
		return Install{}, o.cacheFault(err)
	}
	unlock, err := lock(ctx, filepath.Join(o.root(), ".lock"), func() { o.say("another process is fetching libtorch; waiting for it") })
	if err != nil {
		return Install{}, o.cacheFault(err)
	}
	defer unlock()
	if p := o.place(ctx, FromCache, o.cached(), filepath.Join(o.cached(), "torch")); p.Install != nil {
		return *p.Install, nil // somebody else was quicker
	}
	if err := o.checkSpace(totalSize(wheels) + unpackedSize); err != nil {
		return Install{}, err
	}
	o.say(fmt.Sprintf("downloading libtorch %s into %s: %d files, %s", pinnedVersion, o.cached(), len(wheels), megabytes(totalSize(wheels))))
	aside := filepath.Join(o.root(), ".fetching") // under the lock nobody else's
	if err := os.RemoveAll(aside); err != nil {
		return Install{}, o.cacheFault(err)
	}
	defer os.RemoveAll(aside)
	if err := o.fetchAside(ctx, python, aside, wheels); err != nil {
		return Install{}, err
	}
	return o.publish(ctx, filepath.Join(aside, "tree"), filepath.Join(aside, "broken"))
}

// fetchAside downloads, verifies and unpacks the wheels into ASIDE/tree.
func (o Options) fetchAside(ctx context.Context, python, aside string, wheels []wheel) error {
	down, temp, tree := filepath.Join(aside, "wheels"), filepath.Join(aside, "wheels", "temp"), filepath.Join(aside, "tree")
	for _, dir := range []string{temp, tree} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return o.cacheFault(err)
		}
	}
	stop := o.watch(ctx, down, totalSize(wheels))
	defer func() { stop() }()
	var open []*zip.Reader
	for _, w := range wheels {
		if err := w.download(ctx, python, down, temp); err != nil {
			return err
		}
		f, err := w.open(ctx, down)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := zip.NewReader(f, w.size)
		if err != nil {
			return fmt.Errorf("open wheel %s: %w", w.file, err)
		}
		open = append(open, z)
	}
	stop()
	stop = func() {}
	o.say("unpacking the headers and the CPU libraries")
	into, err := os.OpenRoot(tree)
	if err != nil {
		return o.cacheFault(err)
	}
	defer into.Close()
	if err := unpack(ctx, into, open); err != nil {
		return err
	}
	return flush(tree)
}

// publish checks the new tree and renames it to where Find looks. A broken
// tree in its way is moved aside.
func (o Options) publish(ctx context.Context, tree, broken string) (Install, error) {
	if _, problems := o.look(ctx, filepath.Join(tree, "torch"), FromCache); len(problems) > 0 {
		return Install{}, fault.Input("unpack libtorch", tree, waysOut, "%s", strings.Join(problems, ", "))
	}
	if err := os.Rename(o.cached(), broken); err != nil && !errors.Is(err, os.ErrNotExist) {
		return Install{}, o.cacheFault(err)
	}
	if err := os.Rename(tree, o.cached()); err != nil {
		return Install{}, o.cacheFault(err)
	}
	in, problems := o.look(ctx, filepath.Join(o.cached(), "torch"), FromCache)
	if len(problems) > 0 {
		return Install{}, fault.Input("use libtorch", o.cached(), waysOut, "%s", strings.Join(problems, ", "))
	}
	return in, nil
}

func (o Options) checkSpace(need int64) error {
	free, err := freeSpace(o.root())
	if err != nil || free >= need {
		return nil // where it cannot be known, the download will tell
	}
	return fault.Input("download libtorch", o.root(), "make room, or set PCCLIP_CACHE to a folder on another disk",
		"it takes %s while it works, %s are free", megabytes(need), megabytes(free))
}

func (o Options) cacheFault(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &fault.Error{
		Op: "write cache folder", Where: o.root(), Err: err,
		Hint: "make it writable, or set PCCLIP_CACHE to another folder", Code: fault.Usage,
	}
}

// megabytes writes a size in decimal units.
func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
