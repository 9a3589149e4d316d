package batch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pcclip/pcclip/generate/llm"
)

// Ended is a batch that goes no further, and what the provider says of it.
type Ended struct {
	Record *Record
	Batch  llm.Batch
}

// Wait looks at the open batches, ever more rarely, until one has ended or the
// time is up; then it gives none. A zero time is never up. All batches must have
// been adopted.
func (d *Desk) Wait(ctx context.Context, until time.Time) ([]Ended, error) {
	for {
		var ended []Ended
		for _, r := range d.Open() {
			b, err := d.look(ctx, r)
			if err != nil {
				return nil, fmt.Errorf("look at batch %d (%s): %w", r.Number, r.Batch, err)
			}
			if b.Ended() {
				ended = append(ended, Ended{r, b})
			}
		}
		if len(ended) > 0 || len(d.records) == 0 {
			d.looks = 0
			return ended, nil
		}
		d.looks++
		wait := d.backoff(d.looks)
		if left := time.Until(until); !until.IsZero() {
			if left <= 0 {
				return nil, nil
			}
			wait = min(wait, left)
		}
		if err := pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (d *Desk) look(ctx context.Context, r *Record) (b llm.Batch, err error) {
	err = d.retry(ctx, soon, func() error {
		b, err = d.p.Batch(ctx, r.Batch)
		if err == nil && b.ID != r.Batch {
			err = &llm.Error{Kind: llm.Malformed, Message: fmt.Sprintf("the provider answers for batch %q", b.ID)}
		}
		return err
	})
	if err == nil {
		d.progress(r, b)
	}
	return b, err
}

// progress tells of a batch when its state has changed, or a tenth of it.
func (d *Desk) progress(r *Record, b llm.Batch) {
	state := fmt.Sprintf("%s %d", b.State, (b.Completed+b.Failed)*10/int64(r.Lines))
	if d.states[r.Number] == state {
		return
	}
	d.states[r.Number] = state
	d.tell("batch %d: %s, %d of %d requests answered, %d failed", r.Number, b.State, b.Completed, r.Lines, b.Failed)
}

// Cancel asks the provider to end all open batches; Wait then gives them.
func (d *Desk) Cancel(ctx context.Context) error {
	for _, r := range d.Open() {
		b, err := d.look(ctx, r)
		if err == nil && !b.Ended() {
			err = d.retry(ctx, func(e *llm.Error) bool { return e.Retryable() && e.Status != http.StatusConflict }, func() error {
				_, err := d.p.CancelBatch(ctx, r.Batch)
				return err
			})
		}
		var e *llm.Error
		if errors.As(err, &e) && e.Status == http.StatusConflict {
			continue // it has ended meanwhile: Wait tells
		}
		if err != nil {
			return fmt.Errorf("cancel batch %d (%s): %w", r.Number, r.Batch, err)
		}
	}
	return nil
}
