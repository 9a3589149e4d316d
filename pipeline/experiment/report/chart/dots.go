package chart

import (
	"html/template"
	"slices"
	"unicode/utf8"
)

// Dots is a chart of rows with dots and intervals.
type Dots struct {
	X      Axis     `json:"axis"`
	Rows   []string `json:"rows"`
	Series []Series `json:"series"`
}

const (
	dotWidth   = 460.0
	dotStep    = 11.0 // between the series of a row
	dotGap     = 9.0  // between rows
	letter     = 7.2  // width of a letter
	mostLetter = 26
)

// Legend lists the series; none where there is one.
func (c Dots) Legend() []Series {
	if len(c.Series) < 2 {
		return nil
	}
	return c.Series
}

// Key draws a series for the legend.
func (c Dots) Key(s Series) template.HTML { return s.Key(false) }

// SVG draws the chart; see svg for id, title and desc.
func (c Dots) SVG(id, title, desc string) template.HTML {
	var xs []float64
	longest := 0
	for _, s := range c.Series {
		for _, p := range s.Points {
			xs = append(xs, p.Low, p.High)
		}
	}
	for _, row := range c.Rows {
		longest = max(longest, min(utf8.RuneCountInString(row), mostLetter))
	}
	left := 16 + letter*float64(longest)
	high := dotStep*float64(len(c.Series)) + dotGap
	bottom := 6 + high*float64(len(c.Rows))
	x := c.X.scale(xs, left, dotWidth-14)
	var d drawing
	for _, t := range x.ticks {
		d.rule("grid", x.at(t), 4, x.at(t), bottom)
		d.text(x.at(t), bottom+16, "middle", number(t))
	}
	if c.X.Mark != nil {
		d.rule("mark", x.at(*c.X.Mark), 4, x.at(*c.X.Mark), bottom)
	}
	d.rule("base", left, bottom, dotWidth-14, bottom)
	d.text((left+dotWidth-14)/2, bottom+34, "middle", c.X.Label)
	for i, row := range c.Rows {
		top := 6 + high*float64(i)
		d.text(left-8, top+high/2+4, "end", shortened(row))
		for k, s := range c.Series {
			s.mark(&d, row, x, top+dotGap/2+dotStep*(float64(k)+.5))
		}
	}
	return d.svg(id, title, desc, dotWidth, bottom+42)
}

// mark draws a series in a row: interval, then dot.
func (s Series) mark(d *drawing, row string, x scale, y float64) {
	i := slices.IndexFunc(s.Points, func(p Point) bool { return p.Row == row })
	if i < 0 {
		return
	}
	p := s.Points[i]
	d.add(`<g class="%s">`, s.class())
	if p.Low < p.High {
		d.rule("line", x.at(p.Low), y, x.at(p.High), y)
	}
	s.dot(d, x.at(p.Y), y)
	d.add(`</g>`)
}

func shortened(text string) string {
	r := []rune(text)
	if len(r) <= mostLetter {
		return text
	}
	return string(r[:mostLetter-1]) + "…"
}
