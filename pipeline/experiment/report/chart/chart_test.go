package chart

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wellFormed reads the SVG as XML and gives its element names.
func wellFormed(t interface{ Fatalf(string, ...any) }, svg string) []string {
	var names []string
	for dec := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		if start, ok := token.(xml.StartElement); ok {
			names = append(names, start.Name.Local)
		}
	}
}

func TestTextIsEscaped(t *testing.T) {
	const evil = `</title><script>"'&`
	p := []Point{{Row: evil, Y: 1, Low: 0, High: 2}}
	axis := Axis{Label: evil}
	for _, svg := range []string{
		string(Lines{X: axis, Y: axis, Series: []Series{{Name: evil, Points: p}}}.SVG("a", evil, evil)),
		string(Dots{X: axis, Rows: []string{evil}, Series: []Series{{Name: evil, Points: p}}}.SVG("a", evil, evil)),
	} {
		if names := wellFormed(t, svg); slices.Contains(names, "script") {
			t.Error(svg)
		}
	}
}

func TestRoundTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      []float64
	}{
		{0, 1, []float64{0, .2, .4, .6, .8, 1}},
		{-2.2, 4.3, []float64{-2, 0, 2, 4}},
		{38, 101, []float64{40, 60, 80, 100}},
	} {
		got := round(c.low, c.high)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Errorf("%v to %v: %v", c.low, c.high, got)
		}
	}
	if got := number(-.25) + " " + number(100) + " " + number(-1e-9) + " " + number(.30000000000000004); got != "−0.25 100 0 0.3" {
		t.Error(got)
	}
}

// Whatever the values, charts are well formed and stay in their box.
func TestChartsStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64Range(-1e4, 1e4)
		var l Lines
		d := Dots{Rows: []string{"a", "b"}}
		for i := range rapid.IntRange(0, 3).Draw(t, "series") {
			s := Series{Colour: i, Dashed: i == 1, Hollow: i == 2}
			for range rapid.IntRange(0, 3).Draw(t, "points") {
				y := value.Draw(t, "y")
				wide := rapid.Float64Range(0, 50).Draw(t, "wide")
				s.Points = append(s.Points, Point{Row: "a", X: value.Draw(t, "x"), Y: y, Low: y - wide, High: y + wide})
			}
			l.Series, d.Series = append(l.Series, s), append(d.Series, s)
		}
		for _, svg := range []string{string(l.SVG("l", "", "")), string(d.SVG("d", "", ""))} {
			wellFormed(t, svg)
			if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
				t.Fatalf("%s", svg)
			}
		}
		for _, s := range l.Series {
			x, y := l.X.scale(xs(s), lineLeft, lineRight), l.Y.scale(ys(s), lineBottom, lineTop)
			for _, p := range s.Points {
				if at := x.at(p.X); at < lineLeft-1e-6 || at > lineRight+1e-6 {
					t.Fatalf("x %v at %v", p.X, at)
				}
				if at := y.at(p.High); at < lineTop-1e-6 || at > lineBottom+1e-6 {
					t.Fatalf("y %v at %v", p.High, at)
				}
			}
		}
	})
}

func xs(s Series) (out []float64) {
	for _, p := range s.Points {
		out = append(out, p.X)
	}
	return out
}

func ys(s Series) (out []float64) {
	for _, p := range s.Points {
		out = append(out, p.Low, p.High)
	}
	return out
}
