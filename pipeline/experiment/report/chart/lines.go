package chart

import "html/template"

// Lines is a line chart with bands.
type Lines struct {
	X      Axis     `json:"x_axis"`
	Y      Axis     `json:"y_axis"`
	Series []Series `json:"series"`
	Chosen []Choice `json:"chosen,omitempty"` // marked on the axis
	NoDots bool     `json:"-"`                // many points
}

// Choice is a place on the horizontal axis that was chosen for a model.
type Choice struct {
	For    string  `json:"for"`
	X      float64 `json:"x"`
	Colour int     `json:"-"`
}

// Size of a line chart.
const (
	lineWidth, lineHeight                    = 460.0, 300.0
	lineLeft, lineRight, lineTop, lineBottom = 52.0, 448.0, 12.0, 252.0
)

// Legend lists the series.
func (l Lines) Legend() []Series { return l.Series }

// Key draws a series for the legend.
func (l Lines) Key(s Series) template.HTML { return s.Key(true) }

// SVG draws the chart; see svg for id, title and desc.
func (l Lines) SVG(id, title, desc string) template.HTML {
	var xs, ys []float64
	for _, s := range l.Series {
		for _, p := range s.Points {
			xs, ys = append(xs, p.X), append(ys, p.Low, p.High)
		}
	}
	x, y := l.X.scale(xs, lineLeft, lineRight), l.Y.scale(ys, lineBottom, lineTop)
	var d drawing
	l.axes(&d, x, y)
	for _, s := range l.Series {
		s.band(&d, x, y)
	}
	for _, s := range l.Series {
		s.line(&d, x, y, !l.NoDots)
	}
	for _, c := range l.Chosen {
		// Side by side, so that models that chose the same place are all seen.
		at := x.at(c.X) + 7*(float64(c.Colour)-1)
		d.add(`<path class="chosen s%d" d="M%s %sl4 8h-8z"/>`, c.Colour%Colours, px(at), px(lineBottom-8))
	}
	return d.svg(id, title, desc, lineWidth, lineHeight)
}

func (l Lines) axes(d *drawing, x, y scale) {
	for _, t := range y.ticks {
		d.rule("grid", lineLeft, y.at(t), lineRight, y.at(t))
		d.text(lineLeft-6, y.at(t)+4, "end", number(t))
	}
	d.rule("base", lineLeft, lineBottom, lineRight, lineBottom)
	last := -100.0
	for _, t := range x.ticks {
		d.rule("base", x.at(t), lineBottom, x.at(t), lineBottom+4)
		if x.at(t)-last >= 26 { // no label over another
			d.text(x.at(t), lineBottom+18, "middle", number(t))
			last = x.at(t)
		}
	}
	if l.Y.Mark != nil {
		d.rule("mark", lineLeft, y.at(*l.Y.Mark), lineRight, y.at(*l.Y.Mark))
	}
	d.text((lineLeft+lineRight)/2, lineHeight-8, "middle", l.X.Label)
	d.add(`<g transform="rotate(-90 12 %s)">`, px((lineTop+lineBottom)/2))
	d.text(12, (lineTop+lineBottom)/2, "middle", l.Y.Label)
	d.add(`</g>`)
}

func (s Series) band(d *drawing, x, y scale) {
	wide := false
	for _, p := range s.Points {
		wide = wide || p.Low < p.High
	}
	if !wide {
		return
	}
	d.add(`<polygon class="band %s" points="`, s.class())
	for _, p := range s.Points {
		d.add("%s,%s ", px(x.at(p.X)), px(y.at(p.High)))
	}
	for i := len(s.Points) - 1; i >= 0; i-- {
		d.add("%s,%s ", px(x.at(s.Points[i].X)), px(y.at(s.Points[i].Low)))
	}
	d.add(`"/>`)
}

func (s Series) line(d *drawing, x, y scale, dots bool) {
	d.add(`<g class="%s"><polyline class="line%s" points="`, s.class(), s.dash())
	for _, p := range s.Points {
		d.add("%s,%s ", px(x.at(p.X)), px(y.at(p.Y)))
	}
	d.add(`"/>`)
	if (dots || len(s.Points) == 1) && !s.Dashed {
		for _, p := range s.Points {
			s.dot(d, x.at(p.X), y.at(p.Y))
		}
	}
	d.add(`</g>`)
}
