package release

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Step says how much a release changes, in the words of semantic versioning.
type Step string

// Steps. A step is that of the accepted rows: who uses them has to know.
const (
	NoStep Step = "none"  // every byte is the same
	Patch  Step = "patch" // the same rows, other bytes
	Minor  Step = "minor" // rows were added, and none changed
	Major  Step = "major" // rows were changed or removed
)

// Difference is what tells two releases apart.
type Difference struct {
	Before  Side             `json:"before"`
	After   Side             `json:"after"`
	Step    Step             `json:"step"`
	Version string           `json:"version"` // proposed
	Added   int64            `json:"added"`   // accepted rows, here and below
	Removed int64            `json:"removed"`
	Changed int64            `json:"changed"`
	Columns map[string]int64 `json:"columns,omitempty"` // changed rows by column
	Example Examples         `json:"examples"`
}

// Examples are the first pair ids of each kind, in the order of the files.
type Examples struct {
	Added   []string `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
	Changed []string `json:"changed,omitempty"`
}

// Side is one of two releases.
type Side struct {
	Name          string           `json:"name"`
	Version       string           `json:"version"`
	License       string           `json:"license"`
	Totals        shards.Count     `json:"totals"`
	RejectReasons map[string]int64 `json:"reject_reasons"`
	ModelsServed  map[string]int64 `json:"models_served"`
	ImageTerms    map[string]int64 `json:"image_terms"`
	Run           shards.Run       `json:"run"`
}

// maxExamples bounds each list of examples.
const maxExamples = 10

// Diff compares two releases by their accepted rows, told apart by pair id.
func Diff(ctx context.Context, before, after string) (*Difference, error) {
	a, err := readReleaseManifest(before)
	if err != nil {
		return nil, err
	}
	b, err := readReleaseManifest(after)
	if err != nil {
		return nil, err
	}
	d := &differ{ctx: ctx, before: before, after: after, a: a, b: b, report: &Difference{Before: side(a), After: side(b), Columns: map[string]int64{}}}
	if err := d.rows(); err != nil {
		return nil, fmt.Errorf("compare releases: %w", err)
	}
	if d.report.Step, err = d.step(); err != nil {
		return nil, fmt.Errorf("compare releases: %w", err)
	}
	d.report.Version, err = bump(a.Release.Version, d.report.Step)
	return d.report, err
}

// readReleaseManifest reads the manifest of a folder that must be a release.
func readReleaseManifest(dir string) (*shards.Manifest, error) {
	m, err := shards.ReadManifest(filepath.Join(dir, ManifestFile))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fault.Input("read release", dir, "give the folder of a release", "it has no manifest")
	case err != nil:
		return nil, err
	case m.Release == nil:
		return nil, fault.Input("read release", dir, "give the folder of a release", "it is a run")
	}
	return m, nil
}

func side(m *shards.Manifest) Side {
	return Side{
		Name: m.Release.Name, Version: m.Release.Version, License: m.Release.License, Totals: m.Totals, RejectReasons: m.RejectReasons,
		ModelsServed: m.ModelsServed, ImageTerms: m.Release.ImageTerms, Run: m.Run,
	}
}

// differ compares two releases.
type differ struct {
	ctx           context.Context
	before, after string
	a, b          *shards.Manifest
	report        *Difference
}

type rowDigest [16]byte

func digestText(text string) rowDigest {
	sum := sha256.Sum256([]byte(text))
	return rowDigest(sum[:])
}

// textDigest gives the SHA-256 of a text, in hex.
func textDigest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// digestOf names the content of a row.
func digestOf(row *shards.Row) rowDigest {
	sum := shards.RowDigest(row)
	return rowDigest(sum[:])
}

// rows counts what was added, removed and changed. It holds about a hundred
// bytes a row of the first release, and of changed rows a part at a time.
func (d *differ) rows() error {
	was := map[string]rowDigest{}
	err := d.each(d.before, d.a, func(row shards.Row) { was[row.PairID] = digestOf(&row) })
	if err != nil {
		return err
	}
	var changed []string
	r := d.report
	err = d.each(d.after, d.b, func(row shards.Row) {
		digest, known := was[row.PairID]
		switch {
		case !known:
			r.Added++
			r.Example.Added = example(r.Example.Added, row.PairID)
		case digest != digestOf(&row):
			changed = append(changed, row.PairID)
			r.Example.Changed = example(r.Example.Changed, row.PairID)
		}
		delete(was, row.PairID)
	})
	if err != nil {
		return err
	}
	r.Removed, r.Changed = int64(len(was)), int64(len(changed))
	removed := slices.Sorted(maps.Keys(was))
	r.Example.Removed = removed[:min(len(removed), maxExamples)]
	for part := range slices.Chunk(changed, 50_000) {
		if err := d.columns(part); err != nil {
			return err
		}
	}
	return nil
}

// columns counts which columns of changed rows differ.
func (d *differ) columns(ids []string) error {
	rows := make(map[string]shards.Row, len(ids))
	for _, id := range ids {
		rows[id] = shards.Row{}
	}
	err := d.each(d.before, d.a, func(row shards.Row) {
		if _, asked := rows[row.PairID]; asked {
			rows[row.PairID] = row
		}
	})
	return errors.Join(err, d.each(d.after, d.b, func(row shards.Row) {
		if old, asked := rows[row.PairID]; asked {
			for _, column := range differingColumns(old, row) {
				d.report.Columns[column]++
			}
		}
	}))
}

func (d *differ) each(dir string, m *shards.Manifest, do func(shards.Row)) error {
	for _, split := range splits(m) {
		for row, err := range rowsOf(dir, m, shards.KindAccepted, split) {
			if err = errors.Join(err, d.ctx.Err()); err != nil {
				return err
			}
			do(*row)
		}
	}
	return nil
}

func example(list []string, id string) []string {
	if len(list) < maxExamples {
		return append(list, id)
	}
	return list
}

// step gives the step from one release to the other.
func (d *differ) step() (Step, error) {
	switch {
	case d.report.Removed+d.report.Changed > 0:
		return Major, nil
	case d.report.Added > 0:
		return Minor, nil
	}
	a, errA := os.ReadFile(filepath.Join(d.before, sumsFile))
	b, errB := os.ReadFile(filepath.Join(d.after, sumsFile))
	if string(a) == string(b) {
		return NoStep, errors.Join(errA, errB)
	}
	return Patch, errors.Join(errA, errB)
}

// bump gives the version that follows by a step.
func bump(version string, step Step) (string, error) {
	var n [3]int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &n[0], &n[1], &n[2]); err != nil {
		return "", fmt.Errorf("read version %q: %w", version, err)
	}
	switch step {
	case Patch:
		n[2]++
	case Minor:
		n[1], n[2] = n[1]+1, 0
	case Major:
		n[0], n[1], n[2] = n[0]+1, 0, 0
	}
	return fmt.Sprintf("%d.%d.%d", n[0], n[1], n[2]), nil
}
