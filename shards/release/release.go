package release

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Freeze checks the run against its manifest and writes the release: aside,
// then renamed. A run with pairs pending or failed is refused, unless a partial
// release is asked for, and so is one whose files do not match their hashes.
func Freeze(ctx context.Context, o Options) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if _, err := os.Lstat(o.Out); err == nil {
		return fault.Input("release", o.Out, "name a folder that does not exist yet", "it is there already")
	}
	m, err := finished(o)
	if err != nil {
		return err
	}
	p, err := readPlan(o.Run)
	if err != nil {
		return err
	}
	return makeFolder(o.Out, func(f *folder) error {
		w := newFreezer(ctx, o, m, p, f)
		for _, step := range []func() error{
			w.rows, w.answers, w.plan, w.texts, w.manifest, w.card, w.croissant, w.sign, w.sums,
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

// finished reads the manifest of a run in which every pair is settled.
func finished(o Options) (*shards.Manifest, error) {
	m, err := shards.ReadManifest(filepath.Join(o.Run, manifestFile))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fault.Input("release", o.Run, "run pcclip generate to its end first", "the run has no manifest")
	case err != nil:
		return nil, err
	case m.Release != nil:
		return nil, fault.Input("release", o.Run, "give the folder of a run", "it is a release already")
	case m.Totals.Pending+m.Totals.Failed > 0 && !o.AllowPartial:
		return nil, fault.Input("release", o.Run, "run pcclip generate --retry-failed to its end first, or give --allow-partial",
			"%d pairs are pending and %d failed", m.Totals.Pending, m.Totals.Failed)
	}
	if sum := sha256.Sum256([]byte(o.Prompt)); hex.EncodeToString(sum[:]) != m.Run.PromptSHA256 {
		return nil, fault.Input("release", o.Run, "restore the prompt file", "the prompt is not the one the run was asked with")
	}
	return m, m.VerifyFiles(o.Run)
}

// freezer writes one release. Its steps depend on the order in Freeze: every
// file describes those before it.
type freezer struct {
	ctx  context.Context
	o    Options
	run  *shards.Manifest
	m    *shards.Manifest // of the release
	p    *plan
	f    *folder
	keys map[string]struct{} // of the requests behind the rows
}

func newFreezer(ctx context.Context, o Options, run *shards.Manifest, p *plan, f *folder) *freezer {
	m := *run
	m.Files = nil
	m.Release = &shards.Release{
		Name: o.Name, Version: o.Version, Date: o.Date, Author: o.Author, URL: o.URL, License: o.License, RowsPerFile: o.RowsPerFile,
		ImageTerms: map[string]int64{},
	}
	if o.Author == "" {
		m.Release.Author = "The contributors of " + o.Name
	}
	if o.Answers != nil {
		sampling, clipTokens := o.Answers.Settings()
		m.Release.Sampling, m.Release.ClipTokens = &sampling, clipTokens
	}
	return &freezer{ctx: ctx, o: o, run: run, m: &m, p: p, f: f, keys: map[string]struct{}{}}
}

func (w *freezer) plan() error {
	for _, name := range []string{planFile, imagesFile} {
		kind := shards.KindText
		if name == imagesFile {
			kind = shards.KindImages
		}
		if err := w.f.copy(filepath.Join(w.o.Run, name), name, kind); err != nil {
			return err
		}
	}
	return nil
}

func (w *freezer) manifest() error {
	w.m.Files = slices.Clone(w.f.files)
	if err := w.m.Write(w.f.path(manifestFile)); err != nil {
		return err
	}
	return w.f.list(manifestFile)
}
