package generate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// resume finds out what earlier calls have done, and what this one is to do.
func (r *run) resume() error {
	notes, err := r.store.Notes()
	if err != nil {
		return err
	}
	if r.records, err = readRecords(notes); err != nil {
		return err
	}
	if err := r.sameSettings(notes[settingsNote]); err != nil {
		return err
	}
	if _, err := r.keepRules(); err != nil {
		return err
	}
	if r.ledger, err = newLedger(r.o, r.remotes, r.store, notes[spendNote]); err != nil {
		return err
	}
	if err := r.openDesk(notes); err != nil {
		return err
	}
	if err := r.aim(); err != nil {
		return err
	}
	if err := r.samePlan(); err != nil {
		return err
	}
	r.trust()
	return r.sweep()
}

// trust forgets the records whose files are damaged or gone: their blocks are
// written again from the stored answers.
func (r *run) trust() {
	for _, name := range slices.Sorted(maps.Keys(r.records)) {
		if err := r.records[name].verify(r.o.RunDir); err != nil {
			r.tell(func(p Progress) { p.Note("writing a shard again: " + strings.ReplaceAll(err.Error(), "\n", "; ")) })
			delete(r.records, name)
		}
	}
}

// open gives the blocks that are still to do.
func (r *run) open() []*block {
	var total int64
	for _, b := range r.blocks {
		total += b.n
	}
	r.tell(func(p Progress) {
		r.told.planned = total
		p.Start(total)
	})
	var open []*block
	for _, b := range r.blocks {
		rec := r.records[b.name()]
		switch {
		case r.rules.Distinct() && len(open) > 0 && rec != nil && rec.Pairs == b.n:
			// What an open block comes to say may make a later row a duplicate.
			r.result.Reused -= b.known
			open = append(open, b)
		case rec == nil || rec.Pairs < b.n || r.o.RetryFailed && len(rec.Failed) > 0 && b.known == 0:
			r.result.Reused -= b.known // its pairs are looked at once more
			open = append(open, b)
		default:
			if b.known == 0 {
				r.result.Reused += b.n
				r.sealed(b, rec)
			}
			b.settled = b.n
		}
	}
	return open
}

// verify compares the files of a block with what was written.
func (c *record) verify(dir string) error {
	m := shards.Manifest{Files: []shards.File{
		{FileInfo: c.Accepted, Split: c.Split, Kind: shards.KindAccepted},
		{FileInfo: c.Rejected, Split: c.Split, Kind: shards.KindRejected},
	}}
	return m.VerifyFiles(dir)
}

// settingsNote holds what must not change within a run, in the words of
// shards.Sampling. What is not there is at its usual value.
const settingsNote = "settings"

// sameSettings refuses to put rows of other settings beside rows that are
// written already.
func (r *run) sameSettings(before []byte) error {
	zero := r.o.request(r.prompt, shards.Pair{})
	settings := map[string]any{
		"prompt": r.prompt.SHA256, "rules": r.ruledBy(), "model": zero.Model, "temperature": zero.Temperature, "top_p": zero.TopP,
		"max_tokens": zero.MaxTokens, "seed": zero.Seed, "extra": zero.Extra, "block_size": r.plan.BlockSize(), "clip_tokens": r.o.CountTokens != nil,
	}
	if r.o.Replicates > 1 {
		settings["replicates"] = r.o.Replicates
	}
	if r.o.Told > 1 {
		settings["captions_each"] = r.o.Told
	}
	if r.prompt.Form == prompts.Vision {
		settings["images"] = r.o.Pictures.Prepared()
	}
	now, err := json.Marshal(settings)
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	if string(now) == string(before) {
		return nil
	}
	if len(r.records) == 0 {
		return r.source.Note(settingsNote, now)
	}
	var was, is map[string]any
	if err := errors.Join(json.Unmarshal(before, &was), json.Unmarshal(now, &is)); err != nil {
		return fmt.Errorf("read settings of %s: %w", r.o.RunDir, err)
	}
	var changed []string
	either := maps.Clone(was)
	maps.Copy(either, is)
	for _, name := range slices.Sorted(maps.Keys(either)) {
		if !reflect.DeepEqual(was[name], is[name]) {
			changed = append(changed, fmt.Sprintf("%s was %v, now %v", name, was[name], is[name]))
		}
	}
	return fault.Input("generate", r.o.RunDir, "give the earlier values, or take another --run",
		"this run has rows of other settings: %s", strings.Join(changed, ", "))
}

// samePlan refuses a plan that is not the one of the written blocks, as far as
// it goes: its first and last pairs are looked at.
func (r *run) samePlan() error {
	known := map[string]*block{}
	for _, b := range r.blocks {
		known[b.name()] = b
	}
	for _, name := range slices.Sorted(maps.Keys(r.records)) {
		rec, b := r.records[name], known[name]
		if b == nil || rec.Pairs > b.n {
			return fault.Input("generate", r.o.RunDir, "give larger --pairs, none at all, or take another --run",
				"this run has more pairs than are asked for now (%s has %d pairs)", strings.TrimPrefix(name, recordPrefix), rec.Pairs)
		}
		for k, want := range map[int64]string{b.from: rec.First, b.from + rec.Pairs - 1: rec.Last} {
			pair, err := r.plan.Pair(b.split, k)
			if err != nil {
				return fmt.Errorf("read pair %d of %s: %w", k, b.split, err)
			}
			if pair.PairID != want {
				return fault.Input("generate", r.o.RunDir, "put the earlier plan back, or take another --run",
					"this run has rows of another plan (pair %d of %s is %s, was %s)", k, b.split, pair.PairID, want)
			}
		}
	}
	return nil
}

// orphans refuses a run whose answers are gone: they would be paid for again.
func (r *run) orphans() error {
	db := r.file("answers.db")
	if _, err := os.Stat(db); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	found, err := filepath.Glob(filepath.Join(escape(r.o.RunDir), "shards", "*-part-*.parquet"))
	if err != nil {
		return fmt.Errorf("look for shards: %w", err)
	}
	if len(found) > 0 {
		return fault.Input("generate", db, "put it back, or take another --run", "the answers behind %d shards are gone", len(found))
	}
	return nil
}

// escape keeps the characters of a path from being read as a pattern.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// sweep removes what a killed process was just writing.
func (r *run) sweep() error {
	for _, folder := range []string{"shards", "rejected"} {
		entries, err := os.ReadDir(r.file(folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look for unfinished files: %w", err)
		}
		for _, e := range entries {
			if name := e.Name(); strings.HasPrefix(name, ".") && strings.Contains(name, "-part-") && e.Type().IsRegular() {
				if err := os.Remove(filepath.Join(r.file(folder), name)); err != nil {
					return fmt.Errorf("remove unfinished file: %w", err)
				}
			}
		}
	}
	return nil
}
