package release

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"iter"

	"github.com/pcclip/pcclip/shards"
)

// rows walks the plan and holds every row against its pair, its images and its
// answer. Rows that stand in the order of the plan are unique, too.
func (v *verifier) rows() error {
	plan, err := v.o.OpenPlan(v.dir, v.m)
	if err != nil {
		v.bad(planFile, "%s", v.short(err))
		return nil
	}
	w := &walk{verifier: v, plan: plan, reasons: map[string]int64{}, terms: map[string]int64{}, models: map[string]int64{}}
	if w.splits, err = v.imageSplits(); err != nil {
		return err
	}
	if w.answers, err = v.readAnswers(); err != nil {
		return err
	}
	roots := &roots{byFile: map[string]*shards.RowRoot{}}
	w.take = roots.take
	for _, split := range splits(v.m) {
		if err := w.split(split); err != nil {
			return err
		}
	}
	if len(v.report.Problems) == 0 {
		w.totals()
		roots.compare(v)
	}
	return nil
}

// roots gathers the row roots of a release.
type roots struct {
	byFile map[string]*shards.RowRoot
	all    shards.RowRoot // of the accepted rows
}

func (r *roots) take(kind string, row *located, digest [sha256.Size]byte) error {
	of := r.byFile[row.file]
	if of == nil {
		of = &shards.RowRoot{}
		r.byFile[row.file] = of
	}
	of.Add(digest)
	if kind == shards.KindAccepted {
		r.all.Add(digest)
	}
	return nil
}

// compare holds the roots against the manifest.
func (r *roots) compare(v *verifier) {
	for _, f := range v.m.Files {
		if f.Kind != shards.KindAccepted && f.Kind != shards.KindRejected {
			continue
		}
		of := cmp.Or(r.byFile[f.Path], &shards.RowRoot{})
		if got := of.Hex(); got != f.RowRoot {
			v.bad(f.Path, "its row root is %s, not the manifest's %q", got, f.RowRoot)
		}
	}
	if got := r.all.Hex(); got != v.m.Release.RowRoot {
		v.bad(ManifestFile, "its row root is %q, that of the rows %s", v.m.Release.RowRoot, got)
	}
}

// walk goes through the rows of a release in the order of its plan.
type walk struct {
	*verifier
	plan                   Plan
	take                   func(kind string, row *located, digest [sha256.Size]byte) error // of every row; nil takes none
	splits                 map[string]string                                               // of images
	answers                []recorded                                                      // by key; nil where there are none
	reasons, terms, models map[string]int64
	composed               map[licences]string // terms
}

// split walks one split: the next pair of the plan is the next accepted row, or
// the next rejected one, or, in a partial release, neither.
func (w *walk) split(split string) error {
	accepted, stopA := iter.Pull2(rowsOf(w.dir, w.m, shards.KindAccepted, split))
	defer stopA()
	rejected, stopR := iter.Pull2(rowsOf(w.dir, w.m, shards.KindRejected, split))
	defer stopR()
	c := w.m.Splits[split]
	missing := c.Failed + c.Pending
	a, r := w.next(accepted), w.next(rejected)
	for k := range c.Planned {
		pair, err := w.plan.Pair(split, k)
		if err != nil {
			w.bad(planFile, "%s", err)
			return nil
		}
		switch {
		case a != nil && a.PairID == pair.PairID:
			if err := w.row(a, pair, shards.KindAccepted); err != nil {
				return err
			}
			a = w.next(accepted)
		case r != nil && r.PairID == pair.PairID:
			if err := w.row(r, pair, shards.KindRejected); err != nil {
				return err
			}
			r = w.next(rejected)
		case missing > 0:
			missing--
		default:
			w.outOfOrder(a, r, pair, k)
			return nil
		}
		if w.full() || w.ctx.Err() != nil {
			return w.ctx.Err()
		}
	}
	if a != nil || r != nil {
		w.outOfOrder(a, r, shards.Pair{}, c.Planned)
	}
	return nil
}

// next gives the next row, nil at the end; a damaged file is a problem of its
// own.
func (w *walk) next(rows func() (located, error, bool)) *located {
	row, err, ok := rows()
	if err != nil {
		w.bad(row.file, "%s", w.short(err))
		return nil
	}
	if !ok {
		return nil
	}
	w.report.Rows++
	return &row
}

// outOfOrder names the row that stands where pair k should.
func (w *walk) outOfOrder(a, r *located, pair shards.Pair, k int64) {
	expected := "no further row"
	if pair.PairID != "" {
		expected = fmt.Sprintf("pair %s, number %d of the plan", pair.PairID, k)
	}
	row := a
	if row == nil {
		row = r
	}
	if row == nil {
		w.bad(ManifestFile, "the rows end before pair %d of the plan", k)
		return
	}
	w.badRow(*row, "pair_id", "it is %s, where the plan has %s", row.PairID, expected)
}

// row holds one row against its pair.
func (w *walk) row(row *located, p shards.Pair, kind string) error {
	for _, c := range []struct{ column, got, want string }{
		{"split", row.Split, p.Split},
		{"source", row.Source, p.Source},
		{"image_id_a", row.ImageIDA, p.ImageIDA},
		{"image_id_b", row.ImageIDB, p.ImageIDB},
		{"file_name_a", row.FileNameA, p.FileNameA},
		{"file_name_b", row.FileNameB, p.FileNameB},
		{"caption_id_a", row.CaptionIDA, p.CaptionIDA},
		{"caption_id_b", row.CaptionIDB, p.CaptionIDB},
		{"caption_a", row.CaptionA, p.CaptionA},
		{"caption_b", row.CaptionB, p.CaptionB},
		{"image_license_a", row.ImageLicenseA, p.ImageLicenseA},
		{"image_license_b", row.ImageLicenseB, p.ImageLicenseB},
		{"prompt_id", row.PromptID, w.m.Run.PromptID},
		{"prompt_sha256", row.PromptSHA256, w.m.Run.PromptSHA256},
		{"model_requested", row.ModelRequested, w.m.Run.ModelRequested},
	} {
		if c.got != c.want {
			w.badRow(*row, c.column, "it is %q, and %q in plan and manifest", c.got, c.want)
		}
	}
	for _, image := range []string{row.ImageIDA, row.ImageIDB} {
		if w.splits[image] != row.Split {
			w.badRow(*row, "split", "image %s is in split %q, the row in %q", image, w.splits[image], row.Split)
		}
	}
	w.verdict(row, kind)
	w.answer(row)
	if w.take == nil {
		return nil
	}
	return w.take(kind, row, shards.RowDigest(&row.Row))
}

// licences are those of the images of a row.
type licences struct{ source, a, b string }

// termsOf gives the terms of a row's images.
func (w *walk) termsOf(row *located) string {
	of := licences{row.Source, row.ImageLicenseA, row.ImageLicenseB}
	terms, known := w.composed[of]
	if !known {
		terms = composeTerms(of.source, of.a, of.b)
		if w.composed == nil {
			w.composed = map[licences]string{}
		}
		w.composed[of] = terms
	}
	return terms
}

// verdict checks that a row stands in the right folder, and counts it.
func (w *walk) verdict(row *located, kind string) {
	switch {
	case kind == shards.KindAccepted && row.RejectReason != "":
		w.badRow(*row, "reject_reason", "an accepted row has the reason %q", row.RejectReason)
	case kind == shards.KindAccepted && row.Difference == "":
		w.badRow(*row, "difference", "an accepted row has none")
	case kind == shards.KindRejected && row.RejectReason == "":
		w.badRow(*row, "reject_reason", "a rejected row has none")
	}
	if kind == shards.KindAccepted {
		w.terms[w.termsOf(row)]++
	} else {
		w.reasons[row.RejectReason]++
	}
	if row.ModelServed != "" {
		w.models[row.ModelServed]++
	}
}

// totals holds what was counted against the manifest.
func (w *walk) totals() {
	for _, c := range []struct {
		name      string
		got, want map[string]int64
	}{
		{"reject_reasons", w.reasons, w.m.RejectReasons},
		{"models_served", w.models, w.m.ModelsServed},
		{"release.image_terms", w.terms, w.m.Release.ImageTerms},
	} {
		if fmt.Sprint(c.got) != fmt.Sprint(c.want) { // maps print in order of their keys
			w.bad(ManifestFile, "its %s are not those of the rows", c.name)
		}
	}
	idle := 0
	for i := range w.answers {
		if r := &w.answers[i]; !r.used && !r.unnamed {
			idle++
		}
	}
	if idle > 0 {
		w.bad("responses/", "%d answers belong to no row", idle)
	}
}
