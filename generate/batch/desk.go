package batch

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
)

// Provider is the part of llm.Client that batches need.
type Provider interface {
	URL() string
	Upload(ctx context.Context, name string, f io.ReadSeeker, size int64) (file string, err error)
	CreateBatch(ctx context.Context, file string, tags map[string]string) (llm.Batch, error)
	Batch(ctx context.Context, id string) (llm.Batch, error)
	Batches(ctx context.Context) iter.Seq2[llm.Batch, error]
	CancelBatch(ctx context.Context, id string) (llm.Batch, error)
	Download(ctx context.Context, file string, most int64, take func(line []byte) error) error
}

// Notes keeps small named values; a note is safe when Note returns, and so is
// everything that was handed to the same store before.
type Notes interface {
	Note(name string, value []byte) error
}

// Desk hands requests to a provider in batches and takes their answers in. It is
// not safe for concurrent use. What was added and not submitted is to be
// discarded.
type Desk struct {
	o     Options
	p     Provider
	notes Notes
	hear  func(line string)
	path  string // of the file that is being written
	run   string // names the run to the provider

	records []*Record           // open ones, the earliest first
	held    map[answers.Key]int // keys of the open batches, and of the file; the value is the batch's number
	file    *file               // being written; nil where none is
	last    int                 // number of the latest batch
	looks   int                 // at the open batches, since the last one ended
	states  map[int]string      // what was told of open batches, by number
}

const runNote = "batch"

// Open takes up what earlier calls have left in the notes. scratch is a path of
// the run at which a file may be written. Lines about how things go come to hear.
// Until Through names a provider it only shows what is open.
func Open(o Options, notes Notes, kept map[string][]byte, scratch string, hear func(string)) (*Desk, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	d := &Desk{o: o, notes: notes, hear: hear, path: scratch, held: map[answers.Key]int{}, states: map[int]string{}}
	if err := d.load(kept); err != nil {
		return nil, err
	}
	return d, d.sweep()
}

// Through names the provider that takes the batches.
func (d *Desk) Through(p Provider) { d.p = p }

// named gives the run its name with the provider, once.
func (d *Desk) named() error {
	if d.run != "" {
		return nil
	}
	name := make([]byte, 12)
	rand.Read(name) // never fails
	d.run = hex.EncodeToString(name)
	return d.notes.Note(runNote, []byte(d.run))
}

// Open gives the batches whose answers are not all taken in.
func (d *Desk) Open() []*Record { return slices.Clone(d.records) }

// Last gives the number of the latest batch, 0 before the first.
func (d *Desk) Last() int { return d.last }

// Room tells whether another batch may be begun.
func (d *Desk) Room() bool { return len(d.records) < d.o.Open }

// Holds tells whether a request is in an open batch, or in the file that is
// being written.
func (d *Desk) Holds(k answers.Key) bool { _, ok := d.held[k]; return ok }

// Discard removes the file that is being written, and tells what was in it.
func (d *Desk) Discard() (lines int, tokens Tokens, err error) {
	f := d.file
	if f == nil {
		return 0, Tokens{}, nil
	}
	d.file = nil
	for _, k := range f.keys {
		delete(d.held, k)
	}
	return len(f.keys), f.tokens, f.remove()
}

// Forget gives all open batches up: their requests may be asked again, and paid
// again. It tells how many requests that are.
func (d *Desk) Forget() (lines int, err error) {
	for _, r := range d.Open() {
		lines += r.Lines
		if err := d.Done(r); err != nil {
			return 0, err
		}
	}
	return lines, nil
}

// Check asks once whether the provider has batches at all.
func (d *Desk) Check(ctx context.Context) error {
	for _, err := range d.p.Batches(ctx) {
		return err
	}
	return nil
}

func (d *Desk) tell(format string, args ...any) { d.hear(fmt.Sprintf(format, args...)) }

// pause waits, or returns early with the context's error.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
