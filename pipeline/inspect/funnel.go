package inspect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards"
)

// funnels counts the shards per split and in total, and adds what only the
// manifest knows.
func (a *asker) funnels(m *shards.Manifest) (splits []Funnel, total Funnel) {
	bySplit := map[string]*Funnel{}
	get := func(split string) *Funnel {
		if bySplit[split] == nil {
			bySplit[split] = &Funnel{Split: split, Reasons: []Tally{}}
		}
		return bySplit[split]
	}
	for _, row := range a.rows("SELECT coalesce(split, ''), count(*) FROM rows GROUP BY ALL") {
		get(text(row[0])).Accepted = whole(row[1])
	}
	for _, row := range a.rows("SELECT coalesce(split, ''), coalesce(reject_reason, ''), count(*) FROM rejected GROUP BY ALL ORDER BY 3 DESC, 2, 1") {
		f := get(text(row[0]))
		f.Rejected += whole(row[2])
		f.Reasons = append(f.Reasons, Tally{Name: text(row[1]), Rows: whole(row[2])})
	}
	if m != nil {
		for split, c := range m.Splits {
			get(split).know(c)
		}
	}
	total.Reasons = a.tallies("SELECT coalesce(reject_reason, ''), count(*) FROM rejected GROUP BY ALL")
	splits = []Funnel{}
	for _, split := range slices.Sorted(maps.Keys(bySplit)) {
		f := *bySplit[split]
		for i := range f.Reasons {
			f.Reasons[i].Share = share(f.Reasons[i].Rows, f.Rejected)
		}
		splits = append(splits, f)
		total.Accepted, total.Rejected = total.Accepted+f.Accepted, total.Rejected+f.Rejected
	}
	if m != nil {
		total.know(m.Totals)
	}
	return splits, total
}

func (f *Funnel) know(c shards.Count) {
	f.Planned, f.Failed, f.Pending = &c.Planned, &c.Failed, &c.Pending
}

// disagreements says where the rows in the shards are not those of the manifest.
func disagreements(splits []Funnel, m *shards.Manifest) []string {
	out := []string{}
	for _, f := range splits {
		c := m.Splits[f.Split]
		var parts []string
		if f.Accepted != c.Accepted {
			parts = append(parts, fmt.Sprintf("%d accepted rows, not %d", f.Accepted, c.Accepted))
		}
		if f.Rejected != c.Rejected {
			parts = append(parts, fmt.Sprintf("%d rejected rows, not %d", f.Rejected, c.Rejected))
		}
		if len(parts) > 0 {
			out = append(out, fmt.Sprintf("the shards of split %q hold %s as the manifest says", f.Split, strings.Join(parts, " and ")))
		}
	}
	return out
}
