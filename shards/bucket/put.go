package bucket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
	"golang.org/x/sync/errgroup"

	"github.com/pcclip/pcclip/shards/fault"
)

// atOnce is the number of files that are sent at the same time.
const atOnce = 4

// digestKey is the name of the metadata that holds a file's SHA-256.
const digestKey = "sha256"

// Exists tells whether the place has a file of that name already.
func (b *Bucket) Exists(ctx context.Context, name string) (bool, error) {
	there, err := b.blob.Exists(ctx, name)
	if err != nil {
		return false, b.explain("look for", name, err)
	}
	return there, nil
}

// Put sends every file of a folder; last goes last, and only where the place has
// none yet. Files that are there with the same bytes, from a call that was stopped,
// are not sent again; other bytes under their names are refused. sent hears of every
// file that has arrived and how many there are; it is called from several goroutines.
func (b *Bucket) Put(ctx context.Context, folder, last string, sent func(name string, files int)) error {
	var names []string
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && name != last {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("list %s: %w", folder, err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("list %s: %w", folder, err)
	}
	defer root.Close()
	put := func(ctx context.Context, name string) error {
		err := b.put(ctx, root, name)
		if err == nil {
			sent(name, len(names)+1)
		}
		return err
	}
	sending, inner := errgroup.WithContext(ctx)
	sending.SetLimit(atOnce)
	for _, name := range names {
		sending.Go(func() error { return put(inner, name) })
	}
	if err := sending.Wait(); err != nil {
		return err
	}
	return put(ctx, last)
}

func (b *Bucket) put(ctx context.Context, root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return fmt.Errorf("send %s: %w", name, err)
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return fmt.Errorf("send %s: %w", name, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("send %s: %w", name, err)
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp() // an upload that is not closed leaves nothing
	w, err := b.blob.NewWriter(ctx, name, &blob.WriterOptions{
		IfNotExist: true, ContentType: contentType(name), Metadata: map[string]string{digestKey: digest},
	})
	if err != nil {
		return b.explain("send", name, err)
	}
	if _, err := io.Copy(w, f); err != nil {
		giveUp()
		_ = w.Close() // of no interest any more
		return b.explain("send", name, err)
	}
	switch err := w.Close(); gcerrors.Code(err) {
	case gcerrors.OK:
		return nil
	case gcerrors.FailedPrecondition, gcerrors.AlreadyExists:
		return b.same(ctx, name, digest, size)
	default:
		return b.explain("send", name, err)
	}
}

// same refuses a file that is there with other bytes.
func (b *Bucket) same(ctx context.Context, name, digest string, size int64) error {
	a, err := b.blob.Attributes(ctx, name)
	if err != nil {
		return b.explain("look at", name, err)
	}
	there := a.Metadata[digestKey]
	if there == "" && a.Size == size { // not every store keeps it
		if there, err = b.digest(ctx, name); err != nil {
			return err
		}
	}
	if there != digest {
		return fault.Input("send", b.address+"/"+name, "take another place, or remove what is there", "other bytes are there already")
	}
	return nil
}

func (b *Bucket) digest(ctx context.Context, name string) (string, error) {
	r, err := b.blob.NewReader(ctx, name, nil)
	if err != nil {
		return "", b.explain("read", name, err)
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return "", b.explain("read", name, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// explain makes one line of a store's error. What it was refused is the user's to
// change.
func (b *Bucket) explain(op, name string, err error) error {
	out := &fault.Error{Op: op, Where: b.address + "/" + name, Err: err, Code: fault.Failed, Hint: "the same command goes on"}
	switch gcerrors.Code(err) {
	case gcerrors.NotFound:
		out.Hint, out.Code = "make the bucket, or name another", fault.Usage
	case gcerrors.PermissionDenied:
		out.Hint, out.Code = "see to the credentials, which are taken as the store's own tools take them", fault.Usage
	}
	return out
}

// contentType spares the store a guess.
func contentType(name string) string {
	switch {
	case strings.HasSuffix(name, ".parquet"):
		return "application/vnd.apache.parquet"
	case strings.HasSuffix(name, ".json"), strings.HasSuffix(name, ".jsonl"):
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}
