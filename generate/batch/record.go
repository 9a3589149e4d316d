package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/generate/answers"
)

// Record is what a run remembers of a batch. It is noted before the file is
// sent, again with the file's name, and again with the batch's.
type Record struct {
	Number   int    `json:"number"` // from 1
	Endpoint string `json:"endpoint"`
	SHA256   string `json:"sha256"` // of the file
	Lines    int    `json:"lines"`
	Bytes    int64  `json:"bytes"`
	Tokens   Tokens `json:"tokens"`
	File     string `json:"file,omitempty"`  // as the provider names it
	Batch    string `json:"batch,omitempty"` // as the provider names it
	Done     bool   `json:"done,omitempty"`  // nothing is expected of it any more

	keys []answers.Key // in the order of the file
}

// Tokens bounds what the requests of a batch use.
type Tokens struct {
	Prompt     int64 `json:"prompt"`
	Completion int64 `json:"completion"`
}

const (
	recordNotes = "batch/" // + number
	keyNotes    = "batch-keys/"
)

func (r *Record) name() string    { return fmt.Sprintf("%s%06d", recordNotes, r.Number) }
func (r *Record) keyName() string { return fmt.Sprintf("%s%06d", keyNotes, r.Number) }

// tags name a batch to the provider, so that it is found again where its
// creation was never confirmed.
func (d *Desk) tags(r *Record) map[string]string {
	return map[string]string{"pcclip_run": d.run, "pcclip_batch": fmt.Sprint(r.Number), "pcclip_file": r.SHA256}
}

func (d *Desk) note(r *Record) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write record of a batch: %w", err)
	}
	return d.notes.Note(r.name(), doc)
}

// noteKeys keeps which requests a batch holds, 32 bytes each.
func (d *Desk) noteKeys(r *Record) error {
	all := make([]byte, 0, len(r.keys)*len(answers.Key{}))
	for _, k := range r.keys {
		all = append(all, k[:]...)
	}
	return d.notes.Note(r.keyName(), all)
}

// Done closes a batch: its requests are free again, but for those that are
// settled.
func (d *Desk) Done(r *Record) error {
	r.Done = true
	if err := d.note(r); err != nil {
		return err
	}
	if err := d.notes.Note(r.keyName(), nil); err != nil {
		return err
	}
	d.drop(r)
	return nil
}

func (d *Desk) drop(r *Record) {
	for _, k := range r.keys {
		delete(d.held, k)
	}
	d.records = slices.DeleteFunc(d.records, func(o *Record) bool { return o == r })
	delete(d.states, r.Number)
}

// load reads the notes of earlier calls.
func (d *Desk) load(kept map[string][]byte) error {
	d.run = string(kept[runNote])
	for name, value := range kept {
		if !strings.HasPrefix(name, recordNotes) {
			continue
		}
		r := &Record{}
		if err := json.Unmarshal(value, r); err != nil {
			return fmt.Errorf("read note %s: %w", name, err)
		}
		d.last = max(d.last, r.Number)
		if r.Done {
			continue
		}
		const size = len(answers.Key{})
		keys := kept[r.keyName()]
		if len(keys) != r.Lines*size {
			return fmt.Errorf("read note %s: %d bytes of keys for %d requests", r.keyName(), len(keys), r.Lines)
		}
		for k := range slices.Chunk(keys, size) {
			r.keys = append(r.keys, answers.Key(k))
			d.held[answers.Key(k)] = r.Number
		}
		d.records = append(d.records, r)
	}
	slices.SortFunc(d.records, func(a, b *Record) int { return a.Number - b.Number })
	return nil
}

// sweep removes the file that a killed process was writing.
func (d *Desk) sweep() error {
	if err := os.Remove(d.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove unfinished file %s: %w", filepath.Base(d.path), err)
	}
	return nil
}
