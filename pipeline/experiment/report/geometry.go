package report

import (
	"strings"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/pipeline/experiment/report/chart"
)

// geometry charts how far texts lie from the directions they describe.
func geometry(k *kept, r *experiment.Result) (section, error) {
	s := section{ID: "geometry", Title: "Geometry of differences", Text: []string{
		"Mean cosine distance of a difference text to the difference that it describes: of two images, two captions or two class prompts. 0 is the same direction, 1 (dashed) a right angle, 2 the opposite. The distance to the opposite direction is 2 − this one by definition: that it rises when this one falls is no second finding.",
	}}
	right := 1.0
	d := chart.Dots{X: chart.Axis{Label: "cosine distance", Mark: &right}}
	for i, model := range k.shown() {
		dots := chart.Series{Name: model, Colour: i}
		for _, row := range r.Rows {
			if !strings.HasPrefix(row.Measure, "geometry/") || !experiment.Main(row.Measure) {
				continue
			}
			_, name := experiment.Label(row.Measure)
			if i == 0 {
				d.Rows = append(d.Rows, name)
			}
			v, _ := r.Get(row.Measure, model)
			dots.Points = append(dots.Points, point(0, name, v.Stat))
		}
		d.Series = append(d.Series, dots)
	}
	if len(d.Rows) > 0 {
		s.Figures = append(s.Figures, figure{ID: "geometry-forward", Title: "Distance of texts to their differences", Note: bars, Dots: &d})
	}
	return s, nil
}
