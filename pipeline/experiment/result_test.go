package experiment

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/eval"
)

// cellOf scores a share of four pairs right.
func cellOf(right ...bool) *Cell {
	d := eval.Difference{Task: "size", Order: eval.OrderFirst, N: len(right), Items: &eval.ItemScores{}}
	for i, ok := range right {
		x := -.5
		if ok {
			x = .5
			d.Sign += 100 / float64(len(right))
		}
		d.Items.Index, d.Items.Forward = append(d.Items.Index, i), append(d.Items.Forward, x)
	}
	return &Cell{Report: eval.Report{Differences: []eval.Difference{d}, ZeroShot: []eval.Accuracy{{Task: "c", N: 1, Top1: 50}}}}
}

func bound(x float64) *float64 { return &x }

func testResult(t *testing.T, claims ...Claim) (*Result, error) {
	t.Helper()
	p := Plan{
		Name: "x", Seeds: []int64{0, 1}, Means: []string{"size"}, Models: []Model{{Name: "m", Average: []float64{.5}}}, Claims: claims,
		Paper: []Figure{{What: "differences", On: "CUB", CLIP: bound(53.32), PCCLIP: bound(67.55), Model: "m", Measure: "difference/mean/first/sign"}},
	}
	return Tabulate(p, []map[string]*Cell{
		{Base: cellOf(true, false, false, false), "m": cellOf(true, true, true, false), "m-a0.5": cellOf(true, true, false, false)},
		{Base: cellOf(false, false, false, false), "m": cellOf(true, true, true, false), "m-a0.5": cellOf(true, false, false, false)},
	})
}

func TestTabulate(t *testing.T) {
	r, err := testResult(t,
		Claim{Text: "it gains", Model: "m", Measure: "difference/mean/first/sign", AtLeast: bound(0)},
		Claim{Text: "half is as good", Model: "m-a0.5", Against: "m", Measure: "difference/size/first/sign", AtLeast: bound(0)},
		Claim{Text: "zero-shot stays", Model: "m", Measure: "zero_shot/c", AtLeast: bound(-1), AtMost: bound(1)})
	if err != nil {
		t.Fatal(err)
	}
	v, ok := r.Get("difference/mean/first/sign", "m")
	if !ok || v.Mean != 75 || v.Gain.Mean != 62.5 || v.Gain.Error != 12.5 || v.Interval == nil {
		t.Errorf("%+v", v)
	}
	if v.Interval.Low > v.Gain.Mean || v.Interval.High < v.Gain.Mean || v.Interval.High > 100 {
		t.Errorf("%+v", v.Interval)
	}
	if base, _ := r.Get("difference/mean/first/sign", Base); base.Gain.Mean != 0 || *base.Interval != (eval.Interval{}) {
		t.Errorf("the base gains over itself: %+v", base)
	}
	if r.Claims[0].Verdict != eval.NotDecided || r.Claims[1].Against != "m" || r.Claims[1].Gain.Mean != -37.5 || r.Claims[2].Verdict != eval.Holds {
		t.Errorf("%+v", r.Claims)
	}
	if len(r.Models) != 3 || r.Models[2].Of != "m" || r.Models[2].Alpha != .5 {
		t.Errorf("%+v", r.Models)
	}
	if p := r.Paper[0]; math.Abs(p.GainHere.Mean-62.5) > 1e-9 || p.Base.Mean != 12.5 {
		t.Errorf("%+v", p)
	}
}

func TestRenderSaysWhatIsWhat(t *testing.T) {
	r, err := testResult(t, Claim{Text: "it gains", Model: "m", Measure: "difference/mean/first/sign", AtLeast: bound(0)})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Render(&b, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"+62.5 ± 12.5", "12.5 ± 12.5", "zero-shot", "it gains", "at least +0", "not decided", "53.32", "on other data", "2 seeds"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestUnknownMeasureIsNamed(t *testing.T) {
	_, err := testResult(t, Claim{Text: "x", Model: "m", Measure: "difference/colour/first/sign", AtLeast: bound(0)})
	if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "difference/size/first/sign") {
		t.Error(err)
	}
}
