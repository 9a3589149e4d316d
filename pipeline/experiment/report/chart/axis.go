package chart

import (
	"math"
	"strconv"
	"strings"
)

// Axis is one side of a chart.
type Axis struct {
	Label    string    `json:"label"`
	Unit     string    `json:"unit"`                // "%", "points", or "" for a plain number
	Ticks    []float64 `json:"-"`                   // nil: round numbers
	Includes []float64 `json:"-"`                   // values that must be on the axis
	Bounds   []float64 `json:"-"`                   // the least and the most that can be: no room beyond
	Mark     *float64  `json:"reference,omitempty"` // a line across, such as chance
}

// scale maps values to coordinates.
type scale struct {
	low, high float64 // values
	from, to  float64 // coordinates
	ticks     []float64
}

// scale spans values with a little room and round ticks.
func (a Axis) scale(values []float64, from, to float64) scale {
	values = append(values, a.Includes...)
	if a.Mark != nil {
		values = append(values, *a.Mark)
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = math.Min(low, v), math.Max(high, v)
	}
	if len(values) == 0 || math.IsInf(low, 0) || math.IsInf(high, 0) {
		low, high = 0, 1
	}
	if a.Ticks == nil {
		room := max((high-low)*.06, math.Abs(high)*1e-3, 1e-6)
		low, high = low-room, high+room
		if len(a.Bounds) == 2 {
			low, high = math.Max(low, a.Bounds[0]), math.Min(high, a.Bounds[1])
		}
	}
	s := scale{low: low, high: high, from: from, to: to, ticks: a.Ticks}
	if s.ticks == nil {
		s.ticks = round(low, high)
	}
	return s
}

func (s scale) at(v float64) float64 {
	if s.high == s.low {
		return s.from
	}
	return s.from + (v-s.low)/(s.high-s.low)*(s.to-s.from)
}

// round gives about five round numbers of a range: steps of 1, 2 or 5.
func round(low, high float64) []float64 {
	raw := (high - low) / 5
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * power
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw {
			step = m * power
			break
		}
	}
	var out []float64
	for k := math.Ceil(low/step - 1e-9); k*step <= high+step*1e-9; k++ {
		out = append(out, k*step)
	}
	return out
}

// number writes a tick shortly.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', 3, 64)
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	if text == "-0" {
		return "0"
	}
	return strings.Replace(text, "-", "−", 1)
}
