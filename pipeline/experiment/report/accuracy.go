package report

import (
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/pipeline/experiment/report/chart"
	"github.com/pcclip/pcclip/train/eval"
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
	slices.SortFunc(s.Points, func(a, b chart.Point) int {
		if a.X < b.X {
			return -1
		}
		return 1
	})
	return s, true
}
