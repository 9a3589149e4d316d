package report

import (
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/train/eval"
)

// tile is one large figure of the headline.
type tile struct {
	What string `json:"what"`
	From string `json:"base,omitempty"`
	To   string `json:"model"`
	Gain string `json:"gain,omitempty"`
	Span string `json:"interval,omitempty"`
}

// tiles give the main model's headline: accuracy in both counts and orders, its
// price, and what needs no training.
func tiles(k *kept, r *experiment.Result) []tile {
	var out []tile
	for _, t := range []struct{ what, measure string }{
		{"differences, by sign", "difference/mean/first/sign"},
		{"differences, two-way", "difference/mean/first/two_way"},
		{"two-way, second image named first", "difference/mean/second/two_way"},
		{"zero-shot", zeroShot(k, r)},
	} {
		base, ok := r.Get(t.measure, experiment.Base)
		v, okModel := r.Get(t.measure, k.main())
		if ok && okModel {
			out = append(out, tile{t.what, number("%", base.Mean, false), number("%", v.Mean, false), stat("%", v.Gain, true), span("%", v.Interval)})
		}
	}
	if mean, ok := captions(k, r); ok {
		out = append(out, tile{What: "base without training: one caption minus the other, by sign", To: number("%", mean, false)})
	}
	return out
}

// zeroShot is the zero-shot measure that claims name, or the first one.
func zeroShot(k *kept, r *experiment.Result) string {
	is := func(measure string) bool { return strings.HasPrefix(measure, "zero_shot/") }
	for _, c := range k.plan.Claims {
		if is(c.Measure) {
			return c.Measure
		}
	}
	if i := slices.IndexFunc(r.Rows, func(row experiment.Row) bool { return is(row.Measure) }); i >= 0 {
		return r.Rows[i].Measure
	}
	return ""
}

// captions is the mean over the headline's tasks of the caption baseline.
func captions(k *kept, r *experiment.Result) (mean float64, ok bool) {
	n := 0
	for _, task := range k.plan.Means {
		if v, ok := r.Get("difference/"+task+"/first/caption_difference", experiment.Base); ok {
			mean, n = mean+v.Mean, n+1
		}
	}
	return mean / float64(max(n, 1)), n > 0
}

// verdict is a claim as it is shown.
type verdict struct {
	Text    string `json:"text"`
	Class   string `json:"-"`
	Verdict string `json:"verdict"`
	Of      string `json:"of"` // models and measure
	Wanted  string `json:"wanted"`
	Gain    string `json:"gain"`
	Seeds   string `json:"interval_over_seeds"`
	Pairs   string `json:"interval_over_pairs,omitempty"` // against the base alone
	PFor    string `json:"p_for"`
	Against string `json:"p_against"`
}

func verdicts(r *experiment.Result) []verdict {
	class := map[string]string{eval.Holds: "holds", eval.Fails: "fails", eval.NotDecided: "open"}
	var out []verdict
	for _, c := range r.Claims {
		unit := "%"
		if i := slices.IndexFunc(r.Rows, func(row experiment.Row) bool { return row.Measure == c.Measure }); i >= 0 {
			unit = r.Rows[i].Unit
		}
		section, name := experiment.Label(c.Measure)
		v := verdict{
			Text: c.Text, Class: class[c.Verdict], Verdict: c.Verdict, Of: c.Model + " over " + c.Against + ": " + section + ", " + name,
			Wanted: c.Wanted(), Gain: stat(unit, c.Gain, true), Seeds: span(unit, overSeeds(c.Gain)), PFor: probability(c.PFor), Against: probability(c.PAgainst),
		}
		if value, ok := r.Get(c.Measure, c.Model); ok && c.Against == experiment.Base {
			v.Pairs = span(unit, value.Interval)
		}
		out = append(out, v)
	}
	return out
}
