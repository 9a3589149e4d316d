package batch

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pcclip/pcclip/generate/llm"
)

// limitedShare is how many times being told to slow down makes one try.
const limitedShare = 10

// retry tries until it works, again refuses the error, or the tries are used up.
func (d *Desk) retry(ctx context.Context, again func(*llm.Error) bool, try func() error) error {
	for tries, limited := 0, 0; ; {
		err := try()
		var e *llm.Error
		if err == nil || !errors.As(err, &e) || !again(e) {
			return err
		}
		if e.Kind == llm.RateLimited {
			limited++
		} else {
			tries++
		}
		if tries+limited/limitedShare >= d.o.Attempts {
			return err
		}
		if err := pause(ctx, max(e.RetryAfter, d.backoff(tries+limited))); err != nil {
			return err
		}
	}
}

// backoff doubles with every try.
func (d *Desk) backoff(n int) time.Duration {
	wait := d.o.Poll
	for ; n > 1 && wait < d.o.MaxPoll; n-- {
		wait *= 2
	}
	return min(wait, d.o.MaxPoll)
}

// Rest waits after n batches in a row that brought nothing.
func (d *Desk) Rest(ctx context.Context, n int) error { return pause(ctx, d.backoff(n)) }

// later are errors that may pass.
func later(e *llm.Error) bool { return e.Retryable() }

// soon also counts the "not found" of something that was made a moment ago.
func soon(e *llm.Error) bool { return e.Retryable() || e.Status == http.StatusNotFound }

// refused tells that a request surely had no effect.
func refused(e *llm.Error) bool { return e.Status/100 == 4 && e.Kind != llm.TimedOut }
