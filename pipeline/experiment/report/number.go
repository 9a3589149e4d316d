package report

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/pcclip/pcclip/train/eval"
)

// number writes a value: percent with one digit, distances with three, and a
// true minus sign.
func number(unit string, v float64, signed bool) string {
	format, digits := "%.*f", 1
	if signed {
		format = "%+.*f"
	}
	if unit != "%" {
		digits = 3
	}
	text := fmt.Sprintf(format, digits, v)
	switch strings.TrimLeft(text, "+-0.") {
	case "": // no minus zero
		text = strings.Replace(text, "-", "+", 1)
		if !signed {
			text = strings.TrimPrefix(text, "+")
		}
	}
	return minus(text)
}

// stat writes a mean with its error; of one seed, no error is known.
func stat(unit string, s eval.Stat, signed bool) string {
	if len(s.Values) < 2 {
		return number(unit, s.Mean, signed)
	}
	return number(unit, s.Mean, signed) + " ± " + number(unit, s.Error, false)
}

// span writes an interval.
func span(unit string, i *eval.Interval) string {
	if i == nil {
		return ""
	}
	return "[" + number(unit, i.Low, true) + ", " + number(unit, i.High, true) + "]"
}

// overSeeds is the 95 % interval of a mean by Student's t; nil for one seed.
func overSeeds(s eval.Stat) *eval.Interval {
	n := float64(len(s.Values))
	if n < 2 {
		return nil
	}
	half := s.Error * distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(.975)
	return &eval.Interval{Low: s.Mean - half, High: s.Mean + half}
}

// probability writes a p value.
func probability(p float64) string {
	if p < .001 {
		return "< 0.001"
	}
	return fmt.Sprintf("%.3f", p)
}

// minus sets a true minus sign.
func minus(text string) string { return strings.Replace(text, "-", "−", 1) }
