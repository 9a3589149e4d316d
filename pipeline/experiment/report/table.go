package report

import (
	"fmt"

	"github.com/pcclip/pcclip/pipeline/experiment"
)

// table is the main table, section by section.
type table struct {
	Models []experiment.Column // the base first
	Parts  []part
}

type part struct {
	Title string
	Rows  []row
}

type row struct {
	Name  string
	Base  string
	Gains []gain
}

// gain is a cell: the gain over the base, and its interval.
type gain struct {
	Text, Value, Span string
}

// perTable is the number of models beside the base that stand side by side.
const perTable = 6

// newTables takes the measures for which keep is true, all where it is nil.
func newTables(r *experiment.Result, keep func(string) bool) []*table {
	var out []*table
	for from := 1; from < len(r.Models); from += perTable {
		out = append(out, newTable(r, from, min(from+perTable, len(r.Models)), keep))
	}
	return out
}

func newTable(r *experiment.Result, first, end int, keep func(string) bool) *table {
	t := &table{Models: append([]experiment.Column{r.Models[0]}, r.Models[first:end]...)}
	for _, from := range r.Sections() {
		if keep != nil && !keep(from.Measure) {
			continue
		}
		title, name := experiment.Label(from.Measure)
		if len(t.Parts) == 0 || t.Parts[len(t.Parts)-1].Title != title {
			t.Parts = append(t.Parts, part{Title: title})
		}
		to := &t.Parts[len(t.Parts)-1]
		out := row{Name: name, Base: stat(from.Unit, from.Values[0].Stat, false)}
		for _, v := range from.Values[first:end] {
			out.Gains = append(out.Gains, gain{stat(from.Unit, v.Gain, true), stat(from.Unit, v.Stat, false), span(from.Unit, v.Interval)})
		}
		to.Rows = append(to.Rows, out)
	}
	return t
}

// besides is a figure of the paper beside ours.
type besides struct {
	What, On, CLIP, PCCLIP, Change string // the paper's
	Here, Model, Base, To, Gain    string // ours
}

func beside(r *experiment.Result) []besides {
	var out []besides
	for _, f := range r.Paper {
		unit := "%"
		for _, row := range r.Rows {
			if row.Measure == f.Measure {
				unit = row.Unit
			}
		}
		section, name := experiment.Label(f.Measure)
		b := besides{
			What: f.What, On: f.On, CLIP: known(f.CLIP), PCCLIP: known(f.PCCLIP), Here: section + ", " + name, Model: f.Model,
			Base: stat(unit, f.Base, false), To: stat(unit, f.Finetuned, false), Gain: stat(unit, f.GainHere, true),
		}
		switch {
		case f.CLIP != nil && f.PCCLIP != nil:
			b.Change = minus(fmt.Sprintf("%+.2f", *f.PCCLIP-*f.CLIP))
		case f.Gain != nil:
			b.Change = minus(fmt.Sprintf("%+.2f", *f.Gain))
		}
		out = append(out, b)
	}
	return out
}

func known(x *float64) string {
	if x == nil {
		return "not known"
	}
	return minus(fmt.Sprintf("%.2f", *x))
}
