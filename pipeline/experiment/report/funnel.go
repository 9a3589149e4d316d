package report

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/pcclip/pcclip/shards"
)

// funnels are the fates of planned pairs, one set of differences a row.
type funnels struct {
	Rows []funnel `json:"rows"`
}

// funnel sums up the runs of one set of differences.
type funnel struct {
	Name    string           `json:"name"`
	About   string           `json:"about,omitempty"`
	Runs    int              `json:"runs"`
	Count   shards.Count     `json:"count"`
	Reasons map[string]int64 `json:"reject_reasons"`
}

// Share is the accepted share, in percent.
func (f funnel) Share() string { return f.percent(f.Count.Accepted) }

func (f funnel) percent(n int64) string {
	return fmt.Sprintf("%.1f", 100*float64(n)/float64(max(f.Count.Planned, 1)))
}

// Slice is a piece of the bar that shows a funnel.
type Slice struct{ Class, X, Width string }

// Slices are the bar of a funnel, in percent of the planned pairs.
func (f funnel) Slices() []Slice {
	var out []Slice
	done := int64(0)
	for _, s := range []struct {
		class string
		n     int64
	}{{"accepted", f.Count.Accepted}, {"rejected", f.Count.Rejected}, {"failed", f.Count.Failed}, {"pending", f.Count.Pending}} {
		if s.n > 0 {
			out = append(out, Slice{s.class, f.percent(done), f.percent(s.n)})
		}
		done += s.n
	}
	return out
}

// Reason is how often a rule refused an answer.
type Reason struct {
	Rule string
	Rows int64
}

// Why lists the rules that refused answers, the most frequent first.
func (f funnel) Why() []Reason {
	var out []Reason
	for _, name := range slices.Sorted(maps.Keys(f.Reasons)) {
		out = append(out, Reason{name, f.Reasons[name]})
	}
	slices.SortStableFunc(out, func(a, b Reason) int { return cmp.Compare(b.Rows, a.Rows) })
	return out
}

// newFunnels reads the manifests; nil where no run has one.
func newFunnels(k *kept) (*funnels, error) {
	out := &funnels{}
	for _, d := range k.plan.Data {
		f := funnel{Name: d.Name, About: d.About, Reasons: map[string]int64{}}
		seeds := k.plan.Seeds
		if k.plan.Real != nil {
			seeds = seeds[:1] // all seeds share the run
		}
		for _, seed := range seeds {
			m, err := shards.ReadManifest(filepath.Join(k.plan.Files(k.dir, seed).Run(d), "manifest.json"))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			f.Runs++
			f.Count = f.Count.Add(m.Totals)
			for reason, n := range m.RejectReasons {
				f.Reasons[reason] += n
			}
		}
		if f.Runs > 0 {
			out.Rows = append(out.Rows, f)
		}
	}
	if len(out.Rows) == 0 {
		return nil, nil
	}
	return out, nil
}
