package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/pipeline/experiment/report/chart"
	"github.com/pcclip/pcclip/train/eval"
)

// interpolation charts weight averages between the base and a model.
func interpolation(k *kept, r *experiment.Result) (section, error) {
	s := section{ID: "interpolation", Title: "Between the base and the model", Text: []string{
		"Weights (1 − a) · base + a · model: at a = 0 the base, at 1 the model.",
	}}
	measures := []struct{ name, key string }{
		{"by sign", "difference/mean/first/sign"},
		{"two-way", "difference/mean/first/two_way"},
		{"two-way, second named first", "difference/mean/second/two_way"},
		{"zero-shot", zeroShot(k, r)},
		{"retrieval, image to text", retrieval(r)},
	}
	for _, m := range k.plan.Models {
		if len(m.Average) == 0 {
			continue
		}
		zero := 0.0
		l := chart.Lines{X: chart.Axis{Label: "share a of " + m.Name, Ticks: []float64{0, .25, .5, .75, 1}, Includes: []float64{0, 1}}, Y: chart.Axis{Label: "gain in points", Unit: "points", Mark: &zero}}
		for i, x := range measures {
			if line, ok := between(r, m.Name, x.key); ok {
				line.Name, line.Colour = x.name, i
				l.Series = append(l.Series, line)
			}
		}
		if len(l.Series) > 0 {
			s.Figures = append(s.Figures, figure{ID: "between-" + m.Name, Title: "Gain over the base: " + m.Name, Note: bands, Lines: &l})
		}
	}
	return s, nil
}

func retrieval(r *experiment.Result) string {
	for _, row := range r.Rows {
		if strings.HasPrefix(row.Measure, "retrieval/") {
			return row.Measure
		}
	}
	return ""
}

// between gives the gains of a model's averages in the order of their shares.
func between(r *experiment.Result, model, measure string) (chart.Series, bool) {
	var s chart.Series
	for _, c := range r.Models {
		share := c.Alpha
		switch {
		case c.Name == experiment.Base:
			share = 0
		case c.Name == model:
			share = 1
		case c.Of != model:
			continue
		}
		v, ok := r.Get(measure, c.Name)
		if !ok {
			return s, false
		}
		gain := v.Gain
		if c.Name == experiment.Base {
			gain = eval.Stat{Values: gain.Values}
		}
		s.Points = append(s.Points, point(share, "", gain))
	}
	slices.SortFunc(s.Points, func(a, b chart.Point) int { return cmp.Compare(a.X, b.X) })
	return s, true
}
