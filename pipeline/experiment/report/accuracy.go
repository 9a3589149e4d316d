package report

import (
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/pipeline/experiment/report/chart"
)

// chance is the accuracy of a coin, in percent.
var chance = 50.0

// accuracies charts the difference tasks, in both counts and both orders of
// mention, beside what needs no training.
func accuracies(k *kept, r *experiment.Result) (section, error) {
	s := section{ID: "accuracy", Title: "Accuracy by task", Text: []string{
		"By sign: the text points along image a − image b, the paper's count. Two-way: it fits better than the reversed text does; what all texts share does not count there. Dashed: chance, 50 %.",
		"Models that go by which thing is named first get texts wrong that name the second image first. The paper's tasks always name the first image first and cannot see it.",
	}}
	for _, c := range []struct{ id, count, order, title string }{
		{"sign-first", "sign", "first", "By sign, first image named first"},
		{"sign-second", "sign", "second", "By sign, second image named first"},
		{"two-first", "two_way", "first", "Two-way, first image named first"},
		{"two-second", "two_way", "second", "Two-way, second image named first"},
	} {
		d := chart.Dots{X: chart.Axis{Label: "accuracy, %", Unit: "%", Mark: &chance, Bounds: []float64{-1, 101}}}
		tail := "/" + c.order + "/" + c.count
		for i, model := range k.shown() {
			d.Series = append(d.Series, byTask(&d, r, model, model, tail, i))
		}
		if c.count == "sign" {
			if none := byTask(&d, r, experiment.Base, "no training: captions subtracted", "/"+c.order+"/caption_difference", chart.Colours-1); len(none.Points) > 0 {
				none.Hollow = true
				d.Series = append(d.Series, none)
			}
		}
		if len(d.Rows) > 0 {
			s.Figures = append(s.Figures, figure{ID: c.id, Title: c.title, Note: bars, Dots: &d})
		}
	}
	return s, nil
}

// byTask gives the dots of a model, one for each task that has the measure.
func byTask(d *chart.Dots, r *experiment.Result, model, name, tail string, colour int) chart.Series {
	s := chart.Series{Name: name, Colour: colour}
	for _, row := range r.Rows {
		task, ok := strings.CutPrefix(row.Measure, "difference/")
		if task, is := strings.CutSuffix(task, tail); ok && is {
			v, _ := r.Get(row.Measure, model)
			if !slices.Contains(d.Rows, task) {
				d.Rows = append(d.Rows, task)
			}
			s.Points = append(s.Points, point(0, task, v.Stat))
		}
	}
	return s
}
