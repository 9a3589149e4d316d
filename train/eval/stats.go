package eval

import "math"

// Stat is a mean over seeds with its standard error.
type Stat struct {
	Mean   float64   `json:"mean"`
	Error  float64   `json:"standard_error"` // sample deviation / sqrt(n); 0 for one value
	Values []float64 `json:"values"`         // by seed
}

// NewStat summarises values, at least one.
func NewStat(values ...float64) Stat {
	s := Stat{Values: values}
	n := float64(len(values))
	for _, v := range values {
		s.Mean += v / n
	}
	if n < 2 {
		return s
	}
	sum := 0.0
	for _, v := range values {
		sum += float64((v - s.Mean) * (v - s.Mean))
	}
	s.Error = math.Sqrt(sum/(n-1)) / math.Sqrt(n)
	return s
}

// Minus gives the statistics of the differences by seed, s - base. Both must
// hold the same seeds in the same order.
func (s Stat) Minus(base Stat) Stat {
	d := make([]float64, len(s.Values))
	for i := range d {
		d[i] = s.Values[i] - base.Values[i]
	}
	return NewStat(d...)
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
