package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/pipeline/experiment/report/chart"
	"github.com/pcclip/pcclip/train/eval"
)

// sweep is a setting that was tried at several places, with accuracies on
// validation and test items.
type sweep struct {
	axis   string
	at     []float64
	read   func(eval.Report) (curve, bool)
	chosen func(eval.Report) (float64, bool)
}

type curve map[float64]struct{ validation, test float64 }

// comparative charts comparative prompting against alpha.
func comparative(k *kept, _ *experiment.Result) (section, error) {
	s := section{ID: "comparative", Title: "Comparative prompting", Text: []string{
		"Prompts of classes that are confused are moved by the text of their difference: alpha is the share of the plain prompt, at 1 nothing changes. Alpha is chosen on validation images (triangles, one a seed), scored on test images; the class pairs are chosen by the base and are the same for every model.",
	}}
	r, ok := k.first()
	if !ok {
		return s, nil
	}
	for i, c := range r.Comparative {
		find := func(r eval.Report) (eval.Comparative, bool) {
			j := slices.IndexFunc(r.Comparative, func(x eval.Comparative) bool { return x.Task == c.Task && x.Rule == c.Rule && x.Both == c.Both })
			if j < 0 {
				return eval.Comparative{}, false
			}
			return r.Comparative[j], true
		}
		w := sweep{axis: "alpha", read: func(r eval.Report) (curve, bool) {
			x, ok := find(r)
			out := curve{}
			for _, p := range x.Curve {
				out[p.Alpha] = struct{ validation, test float64 }{p.Validation, p.Test}
			}
			return out, ok
		}, chosen: func(r eval.Report) (float64, bool) { x, ok := find(r); return x.Alpha, ok }}
		for _, p := range c.Curve {
			w.at = append(w.at, p.Alpha)
		}
		which := "second class moved"
		if c.Both {
			which = "both classes moved"
		}
		pairs := map[string]string{eval.Confused: "confused pairs", eval.Similar: "pairs alike by prompt"}[c.Rule]
		s.Figures = append(s.Figures, k.curves(fmt.Sprintf("alpha-%d", i), c.Task+": "+pairs+", "+which, w))
	}
	return s, nil
}

// delta charts delta retrieval against the length of the step.
func delta(k *kept, _ *experiment.Result) (section, error) {
	s := section{ID: "delta", Title: "Delta retrieval", Text: []string{
		"From image b, by the text of the difference, to image a: image b + step × text, nearest among all images of the task. At step 0 the text is not used. The step is chosen on validation items (triangles, one a seed).",
	}}
	r, ok := k.first()
	if !ok {
		return s, nil
	}
	for i, d := range r.Delta {
		find := func(r eval.Report) (eval.Delta, bool) {
			j := slices.IndexFunc(r.Delta, func(x eval.Delta) bool { return x.Task == d.Task })
			if j < 0 {
				return eval.Delta{}, false
			}
			return r.Delta[j], true
		}
		w := sweep{axis: "step", read: func(r eval.Report) (curve, bool) {
			x, ok := find(r)
			out := curve{}
			for _, p := range x.Curve {
				out[p.Step] = struct{ validation, test float64 }{p.Validation, p.Test}
			}
			return out, ok
		}, chosen: func(r eval.Report) (float64, bool) { x, ok := find(r); return x.Step, ok }}
		for _, p := range d.Curve {
			w.at = append(w.at, p.Step)
		}
		s.Figures = append(s.Figures, k.curves(fmt.Sprintf("delta-%d", i), d.Task+": R@1", w))
	}
	return s, nil
}

// curves draws a sweep: a full line for test, a dashed one for validation.
func (k *kept) curves(id, title string, w sweep) figure {
	l := chart.Lines{X: chart.Axis{Label: w.axis, Ticks: w.at}, Y: chart.Axis{Label: "accuracy, %", Unit: "%"}}
	var chosen []string
	for i, model := range k.shown() {
		test, validation := chart.Series{Name: model + ", test", Colour: i}, chart.Series{Name: model + ", validation", Colour: i, Dashed: true}
		for _, x := range w.at {
			if s, ok := k.stat(model, func(r eval.Report) (float64, bool) { c, ok := w.read(r); return c[x].test, ok }); ok {
				test.Points = append(test.Points, point(x, "", s))
			}
			if s, ok := k.stat(model, func(r eval.Report) (float64, bool) { c, ok := w.read(r); return c[x].validation, ok }); ok {
				p := point(x, "", s)
				p.Low, p.High = p.Y, p.Y
				validation.Points = append(validation.Points, p)
			}
		}
		if len(test.Points) > 0 {
			l.Series = append(l.Series, test, validation)
		}
		if s, ok := k.stat(model, w.chosen); ok {
			chosen = append(chosen, model+" "+strings.ReplaceAll(strings.Trim(fmt.Sprint(s.Values), "[]"), " ", ", "))
			for _, x := range s.Values {
				l.Chosen = append(l.Chosen, chart.Choice{For: model, X: x, Colour: i})
			}
		}
	}
	return figure{ID: id, Title: title, Note: bands + " Chosen, seed by seed: " + strings.Join(chosen, "; ") + ".", Lines: &l}
}
