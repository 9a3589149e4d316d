package eval

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Verdicts on a claim.
const (
	Holds      = "holds"
	Fails      = "does not hold"
	NotDecided = "not decided"
)

// significance is the level at which a claim is decided, after Holm's
// correction over all claims of a table.
const significance = .05

// Claim says that the gain of a measure, in its own unit, lies in a range. A
// bound that is nil does not bound.
type Claim struct {
	Text    string   `json:"text"`
	AtLeast *float64 `json:"at_least,omitempty"`
	AtMost  *float64 `json:"at_most,omitempty"`
	Gain    Stat     `json:"gain"` // by seed
}

// Judged is a claim with its verdict.
type Judged struct {
	Claim
	Verdict  string  `json:"verdict"`
	PFor     float64 `json:"p_for"`     // of such gains if the true one lay outside the range, corrected
	PAgainst float64 `json:"p_against"` // ... if it lay inside, corrected
}

// Judge decides claims by one-sided t-tests over seeds: "holds" where the data
// refute that the true gain lies outside the range, "does not hold" where they
// refute that it lies inside, both at 5 % after Holm's correction over all
// claims. It is undecided with fewer than two seeds.
func Judge(claims []Claim) []Judged {
	out := make([]Judged, len(claims))
	inside, outside := make([]float64, len(claims)), make([]float64, len(claims))
	for i, c := range claims {
		inside[i], outside[i] = c.refute()
	}
	inside, outside = Holm(inside), Holm(outside)
	for i, c := range claims {
		out[i] = Judged{Claim: c, Verdict: NotDecided, PFor: outside[i], PAgainst: inside[i]}
		switch {
		case outside[i] < significance:
			out[i].Verdict = Holds
		case inside[i] < significance:
			out[i].Verdict = Fails
		}
	}
	return out
}

// refute gives the p values against "the true gain lies in the range" and
// against "it lies outside".
func (c Claim) refute() (inside, outside float64) {
	inside, outside = 1, 0
	if c.AtLeast != nil { // below it is outside
		p := c.Gain.above(*c.AtLeast)
		inside, outside = min(inside, 1-p), max(outside, p)
	}
	if c.AtMost != nil {
		p := c.Gain.above(*c.AtMost)
		inside, outside = min(inside, p), max(outside, 1-p)
	}
	if len(c.Gain.Values) < 2 || c.AtLeast == nil && c.AtMost == nil {
		return 1, 1
	}
	return inside, outside
}

// above gives the p value of values so large if the true mean were x or less.
func (s Stat) above(x float64) float64 {
	if s.Error == 0 {
		return float64(one(s.Mean <= x))
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(s.Values) - 1)}
	return 1 - t.CDF((s.Mean-x)/s.Error)
}

// Holm corrects p values for their number (Holm 1979), in their order.
func Holm(p []float64) []float64 {
	index := make([]int, len(p))
	for i := range index {
		index[i] = i
	}
	slices.SortStableFunc(index, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out, largest := make([]float64, len(p)), 0.0
	for rank, i := range index {
		largest = max(largest, math.Min(1, p[i]*float64(len(p)-rank)))
		out[i] = largest
	}
	return out
}
