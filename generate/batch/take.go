package batch

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
)

// perLine bounds a downloaded file, in bytes a request.
const perLine = 1 << 20

// Tally is what the files of an ended batch held.
type Tally struct {
	Settled int           // requests that are through
	Missing []answers.Key // requests without any line
	unknown int           // lines that name no request of the batch
	twice   int           // lines for a request that had its line
	torn    int           // lines that cannot be read
}

// Take downloads the files of an ended batch and hands the answer of every
// request to take, which tells whether it settles the request. A request with
// several lines is handed over until one settles it. A file that cannot be had,
// or that lacks lines, is downloaded again a few times; take hears of no request
// twice for that. Call Done when everything is safe.
func (d *Desk) Take(ctx context.Context, e Ended, take func(answers.Key, llm.Line) (settled bool, err error)) (Tally, error) {
	t := &taking{d: d, e: e, take: take, mine: make(map[answers.Key]mark, e.Record.Lines)}
	for _, k := range e.Record.keys {
		t.mine[k] = mark{}
	}
	const most = 4
	for try := 1; ; try++ {
		if err := t.read(ctx); err != nil {
			return Tally{}, err
		}
		if !t.lacks() || try == most {
			break
		}
		if err := pause(ctx, d.backoff(try)); err != nil {
			return Tally{}, err
		}
	}
	t.report()
	return t.tally, nil
}

// mark is what is known of one request of the batch.
type mark struct {
	download int // that brought its latest line; 0: none did
	settled  bool
}

// taking is one call of Take.
type taking struct {
	d        *Desk
	e        Ended
	take     func(answers.Key, llm.Line) (bool, error)
	mine     map[answers.Key]mark
	download int // the present one, from 1
	tally    Tally
}

// read downloads the files once.
func (t *taking) read(ctx context.Context) error {
	t.tally = Tally{}
	for _, file := range []string{t.e.Batch.Output, t.e.Batch.Errors} {
		if file == "" {
			continue
		}
		before := t.tally
		err := t.d.retry(ctx, soon, func() error {
			t.download++
			t.tally = before
			return t.d.p.Download(ctx, file, int64(t.e.Record.Lines)*perLine, t.line)
		})
		if err != nil {
			return fmt.Errorf("download %s of batch %d: %w", file, t.e.Record.Number, err)
		}
	}
	t.count()
	return nil
}

func (t *taking) line(text []byte) error {
	l, err := llm.ReadLine(text)
	if err != nil {
		t.tally.torn++
		return nil
	}
	k, ok := keyOf(l.ID)
	m, mine := t.mine[k]
	switch {
	case !ok || !mine:
		t.tally.unknown++
		return nil
	case m.settled && m.download == t.download:
		t.tally.twice++
		return nil
	case m.settled || m.download != 0 && m.download != t.download:
		return nil // an earlier download brought it
	case l.Err != nil && l.Err.Kind == llm.Unasked:
		t.mine[k] = mark{download: t.download}
		return nil
	}
	settled, err := t.take(k, l)
	t.mine[k] = mark{t.download, settled}
	return err
}

// ID names a request in the lines of a file.
func ID(k answers.Key) string { return hex.EncodeToString(k[:]) }

func keyOf(id string) (k answers.Key, ok bool) {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != len(k) {
		return k, false
	}
	return answers.Key(b), true
}

func (t *taking) count() {
	for _, k := range t.e.Record.keys {
		switch m := t.mine[k]; {
		case m.settled:
			t.tally.Settled++
		case m.download == 0:
			t.tally.Missing = append(t.tally.Missing, k)
		}
	}
}

// lacks tells that there should be more lines than came.
func (t *taking) lacks() bool {
	came := int64(t.e.Record.Lines - len(t.tally.Missing))
	return t.tally.torn > 0 || came < min(int64(t.e.Record.Lines), t.e.Batch.Completed+t.e.Batch.Failed)
}

func (t *taking) report() {
	b, l := t.e.Record, &t.tally
	t.d.tell("batch %d: %s, %d of %d requests settled", b.Number, t.e.Batch.State, l.Settled, b.Lines)
	for _, odd := range []struct {
		n    int
		what string
	}{
		{l.unknown, "lines for requests that it does not hold were left out"},
		{l.twice, "lines for requests that had an answer were left out"},
		{l.torn, "lines could not be read"},
		{len(l.Missing), "requests have no line"},
	} {
		if odd.n > 0 {
			t.d.tell("batch %d: %d %s", b.Number, odd.n, odd.what)
		}
	}
}

// Refused gives the reason why a batch was refused as a whole; nil where it was
// not. One refused for its tokens is ErrSmaller, while smaller ones can be made.
func (d *Desk) Refused(e Ended) error {
	if e.Batch.State != llm.Failed || e.Batch.Reason == nil {
		return nil
	}
	if e.Batch.Reason.Kind == llm.RateLimited && (len(d.records) > 1 || d.shrink(e.Record)) {
		return fmt.Errorf("%w: %w", ErrSmaller, e.Batch.Reason)
	}
	return e.Batch.Reason
}
