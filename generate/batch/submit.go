package batch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pcclip/pcclip/generate/llm"
)

// ErrSmaller says that the provider did not take a file for its size: smaller
// ones are made from now on, and the requests of this one are free again.
var ErrSmaller = errors.New("the provider takes smaller files only")

// Submit sends the file that is being written and begins its batch. What is
// needed to find the batch again is noted before each step, so that a process
// which is killed in between pays for nothing twice. nil where there is no file.
// After an error the record's Done tells whether the requests are free again; if
// not, the batch may exist all the same, and Adopt finds out.
func (d *Desk) Submit(ctx context.Context) (*Record, error) {
	if d.file == nil {
		return nil, nil
	}
	f := d.file
	if err := d.named(); err != nil {
		return nil, err
	}
	r, err := f.record(d.last+1, d.p.URL())
	if err != nil {
		return nil, err
	}
	d.file = nil
	defer f.remove() // it was sent, or is written anew
	d.last++
	d.records = append(d.records, r)
	if err := errors.Join(d.noteKeys(r), d.note(r)); err != nil {
		return r, err
	}
	if err := d.upload(ctx, r, f); err != nil {
		return r, d.unless(ctx, r, err)
	}
	return r, d.create(ctx, r)
}

func (d *Desk) upload(ctx context.Context, r *Record, f *file) error {
	err := d.retry(ctx, later, func() (err error) {
		r.File, err = d.p.Upload(ctx, fmt.Sprintf("pcclip-%s-%06d.jsonl", d.run[:8], r.Number), f.f, f.bytes)
		return err
	})
	var e *llm.Error
	if errors.As(err, &e) && e.Status == http.StatusRequestEntityTooLarge && d.shrink(r) {
		return fmt.Errorf("%w: %w", ErrSmaller, err)
	}
	if err != nil {
		return err
	}
	return d.note(r)
}

// shrink makes later files half as large as r; it tells whether that is possible.
func (d *Desk) shrink(r *Record) bool {
	if r.Lines < 2 {
		return false
	}
	d.o.Lines, d.o.Bytes = min(d.o.Lines, (r.Lines+1)/2), min(d.o.Bytes, max(r.Bytes/2, 1000))
	return true
}

// unless closes a batch that surely does not exist, and gives err back. An
// interrupt leaves it as it is.
func (d *Desk) unless(ctx context.Context, r *Record, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return errors.Join(err, d.Done(r))
}

// create begins the batch of an uploaded file. A request whose answer was lost
// may have begun it all the same: before another one the provider's list is
// read until it cannot be late any more.
func (d *Desk) create(ctx context.Context, r *Record) error {
	for try := 1; ; try++ {
		err := d.retry(ctx, func(e *llm.Error) bool { return refused(e) && soon(e) }, func() error {
			b, err := d.p.CreateBatch(ctx, r.File, d.tags(r))
			if err != nil {
				return err
			}
			return d.began(r, b)
		})
		var e *llm.Error
		switch {
		case err == nil || ctx.Err() != nil || !errors.As(err, &e):
			return err
		case refused(e):
			return d.unless(ctx, r, err)
		case try == d.o.Attempts:
			return err
		}
		if found, err := d.await(ctx, r); err != nil || found {
			return err
		}
	}
}

func (d *Desk) began(r *Record, b llm.Batch) error {
	r.Batch = b.ID
	d.looks = 0
	if err := d.note(r); err != nil {
		return err
	}
	d.tell("batch %d: %d requests sent as %s", r.Number, r.Lines, b.ID)
	return nil
}

// find looks for the batch of r in the provider's list, by its tags.
func (d *Desk) find(ctx context.Context, r *Record) (bool, error) {
	want := d.tags(r)
	for b, err := range d.p.Batches(ctx) {
		if err != nil {
			return false, err
		}
		same := true
		for k, v := range want {
			same = same && b.Tags[k] == v
		}
		if same {
			return true, d.began(r, b)
		}
	}
	return false, nil
}

// Adopt finds out what became of batches whose creation was never confirmed: one
// that the provider lists is gone on with, one whose file arrived is created,
// any other one is closed.
func (d *Desk) Adopt(ctx context.Context) error {
	for _, r := range d.Open() {
		if r.Batch != "" {
			continue
		}
		if err := d.adopt(ctx, r); err != nil {
			return fmt.Errorf("look for batch %d: %w", r.Number, err)
		}
	}
	return nil
}

func (d *Desk) adopt(ctx context.Context, r *Record) error {
	if r.File == "" {
		return d.Done(r) // a batch is created from a file whose name was noted
	}
	if found, err := d.await(ctx, r); err != nil || found {
		return err
	}
	return d.create(ctx, r)
}

// await looks for the batch of r until the provider's list cannot be late any
// more: after Options.Grace, and three looks.
func (d *Desk) await(ctx context.Context, r *Record) (found bool, err error) {
	end := time.Now().Add(d.o.Grace)
	for looks := 1; ; looks++ {
		err := d.retry(ctx, later, func() (err error) { found, err = d.find(ctx, r); return err })
		left := time.Until(end)
		if err != nil || found || left <= 0 && looks >= 3 {
			return found, err
		}
		if err := pause(ctx, min(max(left, d.o.Poll), d.o.MaxPoll)); err != nil {
			return false, err
		}
	}
}
