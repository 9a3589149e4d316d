package eval

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Values of scipy.stats.ttest_1samp(x, popmean, alternative="greater").
func TestAbove(t *testing.T) {
	s := NewStat(9.1, 10.2, 8.7, 11.4, 9.6)
	for x, want := range map[float64]float64{0: 1.592698918e-05, 9: .0827482648, 9.8: .5, 12: .9952007760} {
		if got := s.above(x); math.Abs(got-want) > 1e-6*want {
			t.Errorf("above %v: %v, want %v", x, got, want)
		}
	}
	if same := NewStat(3, 3); same.above(2) != 0 || same.above(3) != 1 {
		t.Error("without spread only the mean counts")
	}
}

// The example of R's p.adjust(c(.01, .04, .03, .005), "holm").
func TestHolm(t *testing.T) {
	want := []float64{.03, .06, .06, .02}
	for i, got := range Holm([]float64{.01, .04, .03, .005}) {
		if math.Abs(got-want[i]) > 1e-12 {
			t.Errorf("%d: %v, want %v", i, got, want[i])
		}
	}
}

func TestHolmKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "p")
		q := Holm(p)
		for i := range p {
			if q[i] < p[i] || q[i] > 1 {
				t.Fatalf("%v became %v", p[i], q[i])
			}
			for k := range p {
				if p[i] < p[k] && q[i] > q[k] {
					t.Fatalf("%v and %v became %v and %v", p[i], p[k], q[i], q[k])
				}
			}
		}
	})
}

func TestJudge(t *testing.T) {
	bound := func(x float64) *float64 { return &x }
	gain := NewStat(9.1, 10.2, 8.7, 11.4, 9.6)
	for name, c := range map[string]struct {
		claim Claim
		want  string
	}{
		"gains":              {Claim{AtLeast: bound(0), Gain: gain}, Holds},
		"gains much":         {Claim{AtLeast: bound(20), Gain: gain}, Fails},
		"gains about ten":    {Claim{AtLeast: bound(10), Gain: gain}, NotDecided},
		"no gain":            {Claim{AtMost: bound(1), Gain: gain}, Fails},
		"stays":              {Claim{AtLeast: bound(-1), AtMost: bound(1), Gain: NewStat(.1, -.2, 0, .2)}, Holds},
		"stays, it does not": {Claim{AtLeast: bound(-1), AtMost: bound(1), Gain: gain}, Fails},
		"stays, who knows":   {Claim{AtLeast: bound(-1), AtMost: bound(1), Gain: NewStat(3, -3, .5)}, NotDecided},
		"one seed":           {Claim{AtLeast: bound(0), Gain: NewStat(9)}, NotDecided},
		"no range":           {Claim{Gain: gain}, NotDecided},
	} {
		if got := Judge([]Claim{c.claim})[0]; got.Verdict != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	weak := Claim{AtLeast: bound(0), Gain: NewStat(1, 2, .2)} // p = .089
	if alone := Judge([]Claim{weak}); alone[0].Verdict != NotDecided || alone[0].PFor > .1 {
		t.Errorf("%+v", alone)
	}
	if many := Judge([]Claim{weak, weak, weak}); math.Abs(many[0].PFor-3*Judge([]Claim{weak})[0].PFor) > 1e-12 {
		t.Errorf("not corrected: %+v", many)
	}
}

func TestBootstrap(t *testing.T) {
	half := make([]float64, 400)
	for i := range half {
		half[i] = float64(100 * (i % 2))
	}
	got := Bootstrap([]Strata{{half}}, 1)
	// The deviation of the mean is 50 / sqrt(400) = 2.5.
	if math.Abs(got.Low-(50-1.96*2.5)) > .7 || math.Abs(got.High-(50+1.96*2.5)) > .7 {
		t.Errorf("%+v", got)
	}
	two := Bootstrap([]Strata{{half, half}, {half, half}}, 1)
	if math.Abs(two.High-two.Low-(got.High-got.Low)/2) > .7 {
		t.Errorf("four samples: %+v", two)
	}
	if again := Bootstrap([]Strata{{half}}, 1); again != got {
		t.Error("the same seed draws otherwise")
	}
	if d, ok := (Strata{half}).Minus(Strata{half}); !ok || Bootstrap([]Strata{d}, 1) != (Interval{}) {
		t.Error("paired, a model differs from itself")
	}
	if _, ok := (Strata{half}).Minus(Strata{half[1:]}); ok {
		t.Error("other items are taken for the same")
	}
}

func TestMeasuresAreMeansOfTheirItems(t *testing.T) {
	items := append(compared(),
		Item{Kind: KindDifference, Task: "d", ImageA: "x1", ImageB: "y1", Text: "x-y", Reversed: "y-x", CaptionA: "px", CaptionB: "py"},
		Item{Kind: KindDifference, Task: "d", ImageA: "x1", ImageB: "y1", Text: "y-x", Reversed: "x-y", CaptionA: "px", CaptionB: "py"},
		Item{Kind: KindDifference, Task: "e", ImageA: "x1", ImageB: "z1", Text: "x-z", Reversed: "z-x"},
		Item{Kind: KindRetrieve, Task: "r", Image: "x1", Text: "px"}, Item{Kind: KindDelta, Task: "m", ImageB: "y1", Text: "x-y", ImageA: "x1"})
	r, err := Score(t.Context(), items, space, Options{Pairs: 1, Items: true})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, m := range r.Measures([]string{"d", "e"}) {
		if _, twice := values[m.Key]; twice {
			t.Errorf("%s stands twice", m.Key)
		}
		values[m.Key] = m.Value
		if m.Items != nil && math.Abs(m.Items.mean()-m.Value) > 1e-9 {
			t.Errorf("%s is %v, its items give %v", m.Key, m.Value, m.Items.mean())
		}
	}
	if values["difference/mean/first/sign"] != 75 || values["difference/d/first/caption_difference"] != 100 || values["retrieval/r/text_to_image"] != 100 {
		t.Errorf("%v", values)
	}
	if _, ok := values["comparative/c/confused/both/chosen"]; !ok || len(values) < 20 {
		t.Errorf("%v", values)
	}
}
