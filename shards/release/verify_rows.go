package release

import (
	"cmp"
	"fmt"

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
	w, err := newWalk(v, plan)
	if err != nil {
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

func (r *roots) take(kind string, checked *checkedRows) error {
	for i, digest := range checked.digests {
		of := r.byFile[checked.places[i].file]
		if of == nil {
			of = &shards.RowRoot{}
			r.byFile[checked.places[i].file] = of
		}
		of.Add(digest)
		if kind == shards.KindAccepted {
			r.all.Add(digest)
		}
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

// totals holds what was counted against the manifest.
func (w *walk) totals() {
	counted := w.counted()
	for _, c := range []struct {
		name      string
		got, want map[string]int64
	}{
		{"reject_reasons", counted.reasons, w.m.RejectReasons},
		{"models_served", counted.models, w.m.ModelsServed},
		{"release.image_terms", counted.terms, w.m.Release.ImageTerms},
	} {
		if fmt.Sprint(c.got) != fmt.Sprint(c.want) { // maps print in order of their keys
			w.bad(ManifestFile, "its %s are not those of the rows", c.name)
		}
	}
	if idle := w.answers.idle(); idle > 0 {
		w.bad("responses/", "%d answers belong to no row", idle)
	}
}
