package release

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// located is a row with its place.
type located struct {
	shards.Row
	file  string // slash path
	index int64  // in the file, from 0
}

// rowsOf streams the rows of a kind and split in plan order, which is the order
// of the file names.
func rowsOf(root string, m *shards.Manifest, kind, split string) iter.Seq2[located, error] {
	return func(yield func(located, error) bool) {
		for _, f := range m.Files {
			if f.Kind != kind || f.Split != split {
				continue
			}
			index := int64(0)
			for row, err := range shards.ReadRows(filepath.Join(root, filepath.FromSlash(f.Path))) {
				if !yield(located{row, f.Path, index}, err) || err != nil {
					return
				}
				index++
			}
		}
	}
}

func splits(m *shards.Manifest) []string { return slices.Sorted(maps.Keys(m.Splits)) }

// rows cuts the run's rows anew, in plan order: how a run was cut into blocks
// does not show. Each is held against plan and images on the way.
func (w *freezer) rows() error {
	check := &verifier{ctx: w.ctx, dir: w.o.Run, m: w.run, report: &Report{Problems: []Problem{}}}
	walk := &walk{verifier: check, plan: w.o.Plan, reasons: map[string]int64{}, terms: w.m.Release.ImageTerms, models: map[string]int64{}}
	var err error
	if walk.splits, err = check.imageSplits(); err != nil {
		return err
	}
	for _, split := range splits(w.m) {
		if err := w.split(walk, split); err != nil {
			return err
		}
		if found := check.report.Problems; len(found) > 0 {
			return fault.Input("release", w.o.Run, "restore the run, or generate it anew", "%s", found[0])
		}
	}
	w.checked, w.m.Release.RowRoot = check.report.Rows, w.root.Hex()
	return nil
}

func (w *freezer) split(walk *walk, split string) error {
	c := w.m.Splits[split]
	out := map[string]*tableSeries[shards.Row]{}
	for _, o := range []struct {
		kind, base string
		rows       int64
	}{{shards.KindAccepted, "data", c.Accepted}, {shards.KindRejected, "rejected", c.Rejected}} {
		files := (o.rows + w.o.RowsPerFile - 1) / w.o.RowsPerFile
		out[o.kind] = &tableSeries[shards.Row]{
			w: w, split: split, kind: o.kind,
			name: func(index int64) string {
				return fmt.Sprintf("%s/%s-%05d-of-%05d.parquet", o.base, split, index, files)
			},
			// Nothing of name or version: a file whose rows stay keeps its bytes.
			meta: map[string]string{"pcclip.split": split, "pcclip.prompt_sha256": w.m.Run.PromptSHA256, "pcclip.model": w.m.Run.ModelRequested, "pcclip.rules": w.m.Run.Rules},
		}
		defer out[o.kind].abort()
	}
	walk.take = func(kind string, row *located, digest [sha256.Size]byte) error {
		if kind == shards.KindAccepted {
			w.root.Add(digest)
		}
		return errors.Join(w.noteRow(kind, &row.Row), out[kind].writeNamed(row.Row, digest))
	}
	if err := walk.split(split); err != nil {
		return err
	}
	return errors.Join(out[shards.KindAccepted].close(), out[shards.KindRejected].close())
}

// noteRow takes down which answers stand behind a row.
func (w *freezer) noteRow(kind string, row *shards.Row) error {
	if w.answers == nil {
		return nil
	}
	if w.judge != nil {
		if err := w.judge.see(kind, row); err != nil {
			return err
		}
	}
	return w.answers.want(row.RequestSHA256)
}
