package chart

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"
)

// drawing collects SVG elements. Coordinates are in units of the view box.
type drawing struct{ strings.Builder }

func (d *drawing) add(format string, args ...any) { fmt.Fprintf(&d.Builder, format, args...) }

// text writes escaped text; class axis styles it.
func (d *drawing) text(x, y float64, anchor, text string) {
	d.add(`<text class="axis" x="%s" y="%s" text-anchor="%s">%s</text>`, px(x), px(y), anchor, html.EscapeString(text))
}

func (d *drawing) rule(class string, x1, y1, x2, y2 float64) {
	d.add(`<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class, px(x1), px(y1), px(x2), px(y2))
}

// svg wraps the elements: id must be unique on the page, title and desc are what
// a screen reader says.
func (d *drawing) svg(id, title, desc string, width, height float64) template.HTML {
	return template.HTML(fmt.Sprintf( //nolint:gosec // every text in it went through html.EscapeString
		`<svg class="chart" role="img" viewBox="0 0 %s %s" aria-labelledby="%s-title %s-desc"><title id="%s-title">%s</title><desc id="%s-desc">%s</desc>%s</svg>`,
		px(width), px(height), id, id, id, html.EscapeString(title), id, html.EscapeString(desc), d.String()))
}

// px writes a coordinate.
func px(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
