package release

import (
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"

	"github.com/pcclip/pcclip/shards"
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
// does not show.
func (w *freezer) rows() error {
	for _, split := range splits(w.m) {
		c := w.m.Splits[split]
		if err := w.reshard(shards.KindAccepted, "data", split, c.Accepted); err != nil {
			return err
		}
		if err := w.reshard(shards.KindRejected, "rejected", split, c.Rejected); err != nil {
			return err
		}
	}
	return nil
}

func (w *freezer) reshard(kind, base, split string, rows int64) error {
	files := (rows + w.o.RowsPerFile - 1) / w.o.RowsPerFile
	var out *shards.Writer[shards.Row]
	defer func() {
		if out != nil {
			out.Abort()
		}
	}()
	n := int64(0)
	for row, err := range rowsOf(w.o.Run, w.run, kind, split) {
		if err == nil {
			err = w.ctx.Err()
		}
		if err != nil {
			return err
		}
		if n%w.o.RowsPerFile == 0 {
			if err := w.finish(out, split, kind); err != nil {
				return err
			}
			if out, err = w.begin(fmt.Sprintf("%s/%s-%05d-of-%05d.parquet", base, split, n/w.o.RowsPerFile, files), split); err != nil {
				return err
			}
		}
		w.keys[row.RequestSHA256] = struct{}{}
		if kind == shards.KindAccepted {
			w.m.Release.ImageTerms[composeTerms(row.Source, row.ImageLicenseA, row.ImageLicenseB)]++
		}
		if err := out.Write(row.Row); err != nil {
			return err
		}
		n++
	}
	return w.finish(out, split, kind)
}

func (w *freezer) begin(slash, split string) (*shards.Writer[shards.Row], error) {
	if err := w.f.parent(slash); err != nil {
		return nil, err
	}
	// Nothing of name or version: a file whose rows stay keeps its bytes.
	return shards.Create[shards.Row](w.f.path(slash), map[string]string{
		"pcclip.split": split, "pcclip.prompt_sha256": w.m.Run.PromptSHA256, "pcclip.model": w.m.Run.ModelRequested, "pcclip.rules": w.m.Run.Rules,
	})
}

func (w *freezer) finish(out *shards.Writer[shards.Row], split, kind string) error {
	if out == nil {
		return nil
	}
	info, err := out.Close()
	if err != nil {
		return err
	}
	return w.f.add(info, split, kind)
}
