package report

import (
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/pipeline/experiment/report/chart"
)

// mostGains bounds the charts of gains.
const mostGains = 6

// gains charts what every model gains in the headline's measures and in those
// of the claims.
func gains(k *kept, r *experiment.Result) (section, error) {
	s := section{ID: "gains", Title: "What every model gains over the base", Text: []string{
		"Bars: 95 % of what other pairs of the same seeds would have given (paired bootstrap); without pairs, one standard error over seeds. They say nothing of other seeds: the ± of the table does.",
	}}
	measures := []string{"difference/mean/first/sign", "difference/mean/first/two_way", "difference/mean/second/two_way", zeroShot(k, r)}
	for _, c := range k.plan.Claims {
		measures = append(measures, c.Measure)
	}
	zero := 0.0
	var done []string
	for _, row := range measures {
		i := slices.IndexFunc(r.Rows, func(x experiment.Row) bool { return x.Measure == row && x.Unit == "%" })
		if i < 0 || slices.Contains(done, row) || len(done) == mostGains || len(r.Models) < 2 {
			continue
		}
		done = append(done, row)
		d := chart.Dots{X: chart.Axis{Label: "gain in points", Unit: "points", Mark: &zero}}
		dots := chart.Series{Name: "gain", Colour: 1}
		for m, v := range r.Rows[i].Values[1:] {
			model := r.Models[m+1].Name
			d.Rows = append(d.Rows, model)
			dots.Points = append(dots.Points, gained(model, v))
		}
		d.Series = []chart.Series{dots}
		title, name := experiment.Label(row)
		s.Figures = append(s.Figures, figure{ID: "gain-" + strings.NewReplacer("/", "-", "_", "-", " ", "-", "+", "-").Replace(row), Title: title + ": " + name, Dots: &d})
	}
	return s, nil
}

func gained(model string, v experiment.Value) chart.Point {
	p := point(0, model, v.Gain)
	if v.Interval != nil {
		p.Low, p.High = v.Interval.Low, v.Interval.High
	}
	return p
}
