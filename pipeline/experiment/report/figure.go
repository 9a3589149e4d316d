package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/experiment/report/chart"
	"github.com/pcclip/pcclip/train/eval"
)

// figure is a chart with its words. One of Lines and Dots is set.
type figure struct {
	ID    string       `json:"id"`
	Title string       `json:"title"`
	Note  string       `json:"note,omitempty"`
	Lines *chart.Lines `json:"lines,omitempty"`
	Dots  *chart.Dots  `json:"dots,omitempty"`
}

// Chart draws the figure.
func (f figure) Chart() template.HTML {
	if f.Lines != nil {
		return f.Lines.SVG(f.ID, f.Title, f.desc())
	}
	return f.Dots.SVG(f.ID, f.Title, f.desc())
}

// key is one entry of a legend.
type key struct {
	Key  template.HTML
	Name string
}

// Legend lists the series with pieces of their lines.
func (f figure) Legend() []key {
	var out []key
	if f.Lines != nil {
		for _, s := range f.Lines.Legend() {
			out = append(out, key{f.Lines.Key(s), s.Name})
		}
		return out
	}
	for _, s := range f.Dots.Legend() {
		out = append(out, key{f.Dots.Key(s), s.Name})
	}
	return out
}

// series gives what is drawn, and the axis of the values.
func (f figure) series() ([]chart.Series, chart.Axis) {
	if f.Lines != nil {
		return f.Lines.Series, f.Lines.Y
	}
	return f.Dots.Series, f.Dots.X
}

// desc says what a chart shows, for those who do not see it: the figures
// themselves are in the table below it.
func (f figure) desc() string {
	series, axis := f.series()
	var names []string
	for _, s := range series {
		names = append(names, s.Name)
	}
	return fmt.Sprintf("%s of %s. %s The figures are in the table below the chart.", axis.Label, strings.Join(names, ", "), f.Note)
}

// grid is a small table: the first column names, the others are numbers.
type grid struct {
	Head []string
	Rows [][]string
}

// Table gives the figures of the chart.
func (f figure) Table() grid {
	series, axis := f.series()
	g := grid{Head: []string{""}}
	if f.Lines != nil {
		g.Head[0] = f.Lines.X.Label
	}
	var names []string
	at := map[string][]string{}
	for i, s := range series {
		g.Head = append(g.Head, s.Name)
		for _, p := range s.Points {
			name := p.Row
			if name == "" {
				name = fmt.Sprintf("%g", p.X)
			}
			if at[name] == nil {
				at[name] = make([]string, len(series))
				names = append(names, name)
			}
			at[name][i] = cell(axis.Unit, p)
		}
	}
	if f.Dots != nil {
		names = slices.DeleteFunc(slices.Clone(f.Dots.Rows), func(row string) bool { return at[row] == nil })
	}
	for _, name := range names {
		g.Rows = append(g.Rows, append([]string{name}, at[name]...))
	}
	return g
}

func cell(unit string, p chart.Point) string {
	signed := unit == "points"
	if signed {
		unit = "%"
	}
	text := number(unit, p.Y, signed)
	if p.Low < p.High {
		text += " [" + number(unit, p.Low, signed) + ", " + number(unit, p.High, signed) + "]"
	}
	return text
}

// point gives a mean with one standard error to both sides.
func point(x float64, row string, s eval.Stat) chart.Point {
	return chart.Point{Row: row, X: x, Y: s.Mean, Low: s.Mean - s.Error, High: s.Mean + s.Error}
}

// What the bars and bands of charts are.
const (
	bars  = "Bars: one standard error over seeds to both sides."
	bands = "Bands: one standard error over seeds to both sides."
)
