package release

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

func splits(m *shards.Manifest) []string { return slices.Sorted(maps.Keys(m.Splits)) }

// rows cuts the run's rows anew, in plan order: how a run was cut into blocks
// does not show. Each is held against plan and images on the way.
func (w *freezer) rows() error {
	check := &verifier{ctx: w.ctx, dir: w.o.Run, m: w.run, report: &Report{Problems: []Problem{}}}
	walk, err := newWalk(check, w.o.Plan)
	if err != nil {
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
	w.checked, w.m.Release.RowRoot, w.m.Release.ImageTerms = check.report.Rows, w.root.Hex(), walk.counted().terms
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
	walk.take = func(kind string, checked *checkedRows) error {
		for i := range checked.rows {
			if kind == shards.KindAccepted {
				w.root.Add(checked.digests[i])
			}
			if err := w.noteRow(kind, &checked.rows[i]); err != nil {
				return err
			}
		}
		return out[kind].writeNamed(checked.rows, checked.digests)
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
