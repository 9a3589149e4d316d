package release

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"golang.org/x/sync/errgroup"

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
	defer sparing()()
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
			w.tables, w.plan, w.texts, w.manifest, w.card, w.croissant, w.report, w.sign, w.sums,
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

// sparing has the process collect its garbage at half of its live memory, until
// the result is called. Most of what a release holds are buffers without pointers:
// it takes no time that shows, and a fifth less memory.
func sparing() (restore func()) {
	const percent = 50
	before := debug.SetGCPercent(percent)
	if 0 <= before && before < percent {
		debug.SetGCPercent(before) // somebody asked for still less
	}
	return func() { debug.SetGCPercent(before) }
}

// finished reads the manifest of a run in which every pair is settled.
func finished(o Options) (*shards.Manifest, error) {
	m, err := shards.ReadManifest(filepath.Join(o.Run, ManifestFile))
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
	if textDigest(o.Prompt) != m.Run.PromptSHA256 {
		return nil, fault.Input("release", o.Run, "restore the prompt file", "the prompt is not the one the run was asked with")
	}
	return m, m.VerifyFiles(o.Run)
}

// freezer writes one release. Its steps depend on the order in Freeze: every
// file describes those before it.
type freezer struct {
	ctx     context.Context
	o       Options
	run     *shards.Manifest
	m       *shards.Manifest // of the release
	p       *plan
	f       *folder
	codec   shards.Codec // of all tables
	answers *answerSet   // nil where they are left out
	judge   *judging     // nil where none was applied, or the answers are left out
	checked int64        // rows that were held against the plan
	root    shards.RowRoot
}

func newFreezer(ctx context.Context, o Options, run *shards.Manifest, p *plan, f *folder) *freezer {
	m := *run
	m.Files = nil
	m.Release = &shards.Release{
		Name: o.Name, Version: o.Version, Date: o.Date, Author: o.Author, URL: o.URL, License: o.License, RowsPerFile: o.RowsPerFile,
		ImageTerms: map[string]int64{}, Responses: !o.NoAnswers,
	}
	if o.Author == "" {
		m.Release.Author = "The contributors of " + o.Name
	}
	if o.Answers != nil {
		sampling, clipTokens := o.Answers.Settings()
		m.Release.Sampling, m.Release.ClipTokens = &sampling, clipTokens
	}
	return &freezer{ctx: ctx, o: o, run: run, m: &m, p: p, f: f}
}

// tables writes rows and answers; the answers are read while the rows are written.
func (w *freezer) tables() (err error) {
	if w.o.NoAnswers {
		return w.rows()
	}
	if w.answers, err = newAnswerSet(w.m.Totals.Accepted + w.m.Totals.Rejected); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.answers.spill.close()) }()
	if w.o.Judge != nil {
		if w.judge, err = newJudging(w.o.Judge); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.judge.spill.close()) }()
		w.m.Release.Judge = w.judge.m
	}
	var unnamed, unnamedJudged []requestKey
	reading, ctx := errgroup.WithContext(w.ctx)
	reading.Go(func() (err error) {
		if unnamed, err = w.answers.gather(ctx, w.o.Answers); err != nil || w.judge == nil {
			return err
		}
		unnamedJudged, err = w.judge.gather(ctx, w.o.Judge.Answers)
		return err
	})
	if err := errors.Join(w.rows(), reading.Wait()); err != nil {
		return err
	}
	w.answers.add(unnamed)
	if err := w.writeAnswers(w.answers, "responses", shards.KindAnswers); err != nil || w.judge == nil {
		return err
	}
	w.judge.add(unnamedJudged)
	return w.writeAnswers(w.judge.answerSet, "judge", shards.KindJudged)
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
	if err := w.m.Write(w.f.path(ManifestFile)); err != nil {
		return err
	}
	return w.f.list(ManifestFile)
}
