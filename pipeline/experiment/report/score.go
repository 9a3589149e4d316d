package report

import (
	"github.com/pcclip/pcclip/train/eval"
)

// score is what a model says of a pair: cosines with image a - image b.
type score struct {
	Model    string   `json:"model"`
	Text     float64  `json:"text"`
	Reversed *float64 `json:"reversed,omitempty"`
	Captions *float64 `json:"captions,omitempty"` // caption a - caption b for the text
}

// Forward writes the text's cosine.
func (s score) Forward() string { return number("", s.Text, true) }

// Back writes the reversed text's cosine.
func (s score) Back() string { return optional(s.Reversed) }

// Caption writes the cosine of the caption baseline.
func (s score) Caption() string { return optional(s.Captions) }

// Verdict says in words whether the model is right.
func (s score) Verdict() string {
	sign, two := "wrong", "wrong"
	if s.Text > 0 {
		sign = "right"
	}
	if s.Reversed == nil {
		return sign + " by sign"
	}
	if s.margin() > 0 {
		two = "right"
	}
	if sign == two {
		return sign + " in both counts"
	}
	return sign + " by sign, " + two + " two-way"
}

// margin is how much better the right text fits: above 0 is right.
func (s score) margin() float64 {
	if s.Reversed != nil {
		return s.Text - *s.Reversed
	}
	return s.Text
}

func optional(x *float64) string {
	if x == nil {
		return ""
	}
	return number("", *x, true)
}

func scoreOf(model string, s *eval.ItemScores, i int) score {
	out := score{Model: model, Text: s.Forward[i]}
	if i < len(s.Reversed) {
		out.Reversed = &s.Reversed[i]
	}
	if i < len(s.Captions) {
		out.Captions = &s.Captions[i]
	}
	return out
}
