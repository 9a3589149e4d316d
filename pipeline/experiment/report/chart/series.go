package chart

import (
	"fmt"
	"html/template"
)

// Series is one line, or one mark in each row.
type Series struct {
	Name   string  `json:"name"`
	Colour int     `json:"-"` // 0 to 7, and the shape of its dots
	Dashed bool    `json:"-"` // lines
	Hollow bool    `json:"-"` // dots
	Points []Point `json:"points"`
}

// Point is a value with its interval, which is the value itself where none is
// known.
type Point struct {
	Row  string  `json:"row,omitempty"` // of a dot
	X    float64 `json:"x,omitempty"`   // of a line
	Y    float64 `json:"y"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Colours is the number of colours and shapes.
const Colours = 8

func (s Series) class() string { return fmt.Sprintf("s%d", s.Colour%Colours) }

// Key draws a series for the legend: a piece of its line with dot, or a dot.
func (s Series) Key(line bool) template.HTML {
	var d drawing
	d.add(`<svg class="key %s" viewBox="0 0 28 12" aria-hidden="true">`, s.class())
	if line {
		d.rule("line"+s.dash(), 1, 6, 27, 6)
	}
	if !line || !s.Dashed {
		s.dot(&d, 14, 6)
	}
	d.add(`</svg>`)
	return template.HTML(d.String()) //nolint:gosec // made of constants and numbers
}

func (s Series) dash() string {
	if s.Dashed {
		return " dashed"
	}
	return ""
}

// dot draws the mark of a series: shapes differ as colours do, so that neither
// is needed to tell two series apart.
func (s Series) dot(d *drawing, x, y float64) {
	class := "dot"
	if s.Hollow {
		class = "dot hollow"
	}
	shape := func(points ...float64) {
		d.add(`<polygon class="%s" points="`, class)
		for i := 0; i < len(points); i += 2 {
			d.add("%s,%s ", px(x+points[i]), px(y+points[i+1]))
		}
		d.add(`"/>`)
	}
	switch s.Colour % 4 {
	case 0:
		d.add(`<circle class="%s" cx="%s" cy="%s" r="3.6"/>`, class, px(x), px(y))
	case 1:
		shape(-3.4, -3.4, 3.4, -3.4, 3.4, 3.4, -3.4, 3.4)
	case 2:
		shape(0, -4.8, 4.8, 0, 0, 4.8, -4.8, 0)
	default:
		shape(0, -4.4, 4.4, 3.6, -4.4, 3.6)
	}
}
