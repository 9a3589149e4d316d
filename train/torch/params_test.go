//go:build libtorch

package torch

import (
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Parameters of odd sizes in all three groups.
func oddParams() []Param {
	return []Param{
		{Name: "c", Shape: []int{5, 3}, Data: numbers(15, 1)},
		{Name: "a", Shape: []int{17}, Data: numbers(17, 2)},
		{Name: "d", Shape: []int{}, Data: numbers(1, 3)},
		{Name: "b", Shape: []int{2, 2}, Data: numbers(4, 4)},
		{Name: "frozen.z", Shape: []int{3}, Data: numbers(3, 5)},
	}
}

func oddGroup(name string, shape []int) Group {
	if strings.HasPrefix(name, "frozen") {
		return Frozen
	}
	return groupOf(name, shape)
}

func numbers(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64())
	}
	return out
}

func TestParamsKeepWhatTheyWereGiven(t *testing.T) {
	th := start(t)
	do(t, th, func(s *Scope) {
		p := s.NewParams(oddParams(), oddGroup)
		defer p.Free(s)
		if got := p.Names(); !slices.Equal(got, []string{"a", "b", "c", "d", "frozen.z"}) {
			t.Errorf("names %v", got)
		}
		if got := p.Trained(); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
			t.Errorf("trained %v", got)
		}
		if n := p.TrainableCount(); n != 15+17+1+4 {
			t.Errorf("%d trained numbers", n)
		}
		for _, want := range oddParams() {
			got := p.Get(s, want.Name)
			if !slices.Equal(got.Data, want.Data) || !slices.Equal(got.Shape, want.Shape) || !slices.Equal(s.Shape(p.At(want.Name)), want.Shape) {
				t.Errorf("%s came back as %v", want.Name, got)
			}
		}
	})
}

func TestSetAndMomentsTouchOneParameterOnly(t *testing.T) {
	th := start(t)
	do(t, th, func(s *Scope) {
		p := s.NewParams(oddParams(), oddGroup)
		defer p.Free(s)
		m, v := numbers(4, 8), numbers(4, 9)
		if err := p.SetMoments(s, "b", m, v); err != nil {
			t.Error(err)
		}
		if err := p.Set(s, "frozen.z", []float32{7, 8, 9}); err != nil {
			t.Error(err)
		}
		for _, name := range p.Trained() {
			gotM, gotV := p.Moments(s, name)
			wantM, wantV := make([]float32, len(gotM.Data)), make([]float32, len(gotM.Data))
			if name == "b" {
				wantM, wantV = m, v
			}
			if !slices.Equal(gotM.Data, wantM) || !slices.Equal(gotV.Data, wantV) {
				t.Errorf("moments of %s: %v %v", name, gotM.Data, gotV.Data)
			}
		}
		for _, want := range oddParams() {
			if want.Name == "frozen.z" {
				want.Data = []float32{7, 8, 9}
			}
			if got := p.Get(s, want.Name).Data; !slices.Equal(got, want.Data) {
				t.Errorf("%s is %v", want.Name, got)
			}
		}
		for what, err := range map[string]error{
			"wrong length":   p.Set(s, "b", m[:3]),
			"unknown":        p.Set(s, "nobody", m),
			"frozen moments": p.SetMoments(s, "frozen.z", m[:3], v[:3]),
			"short moments":  p.SetMoments(s, "b", m[:3], v),
		} {
			if err == nil {
				t.Errorf("%s was taken", what)
			}
		}
	})
}

func TestNewParamsRefuses(t *testing.T) {
	th := start(t)
	twice := append(oddParams(), oddParams()[0])
	short := oddParams()
	short[1].Data = short[1].Data[:16]
	for what, c := range map[string]struct {
		params []Param
		group  func(string, []int) Group
		want   string
	}{
		"twice":     {twice, oddGroup, `"c" is given twice`},
		"short":     {short, oddGroup, "16 numbers do not fill shape [17]"},
		"bad group": {oddParams(), func(string, []int) Group { return 9 }, "group"},
	} {
		err := run(th, func(s *Scope) { s.NewParams(c.params, c.group) })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestNothingTrained(t *testing.T) {
	th := start(t)
	do(t, th, func(s *Scope) {
		p := s.NewParams(oddParams(), func(string, []int) Group { return Frozen })
		defer p.Free(s)
		p.ZeroGrad(s)
		p.AdamW(s, AdamW{LR: 1, Beta1: .9, Beta2: .9, Eps: 1e-8})
		if n := p.TrainableCount(); n != 0 {
			t.Errorf("%d trained numbers", n)
		}
		if got := p.Get(s, "c").Data; !slices.Equal(got, oddParams()[0].Data) {
			t.Error("a frozen parameter changed")
		}
	})
	err := run(th, func(s *Scope) {
		p := s.NewParams(oddParams(), func(string, []int) Group { return Frozen })
		defer p.Free(s)
		p.GradNorm(s)
	})
	if err == nil || !strings.Contains(err.Error(), "no parameter is trained") {
		t.Errorf("got %v", err)
	}
}

func TestSnapshotAndInterpolate(t *testing.T) {
	th := start(t)
	do(t, th, func(s *Scope) {
		p := s.NewParams(oddParams(), oddGroup)
		defer p.Free(s)
		before := p.Snapshot(s)
		for _, x := range oddParams() {
			after := make([]float32, len(x.Data))
			for i := range after {
				after[i] = x.Data[i] + 1
			}
			if err := p.Set(s, x.Name, after); err != nil {
				t.Error(err)
			}
		}
		p.Interpolate(s, before, .25)
		for _, x := range oddParams() {
			want := make([]float64, len(x.Data))
			for i := range want {
				want[i] = float64(x.Data[i]) + .25
				if x.Name == "frozen.z" {
					want[i] += .75
				}
			}
			near(t, x.Name, p.Get(s, x.Name).Data, want, 1e-6)
		}
		p.Interpolate(s, before, 0)
		if got := p.Get(s, "c").Data; !slices.Equal(got, oddParams()[0].Data) {
			t.Error("alpha 0 is not the snapshot")
		}
	})
}

// A step that is not finite changes neither weights, moments, count nor average,
// and is named; with stay nothing after it changes them either.
func TestWatchSkipsWhatIsNotFinite(t *testing.T) {
	th := start(t)
	for _, stay := range []bool{false, true} {
		do(t, th, func(s *Scope) {
			p := s.NewParams([]Param{{Name: "x", Data: []float32{1}}}, func(string, []int) Group { return Plain })
			defer p.Free(s)
			watch, average := s.NewWatch(), p.Snapshot(s)
			defer s.Free(watch.State)
			step := func(n int, factor float64) float32 {
				p.ZeroGrad(s)
				loss := s.MulScalar(s.Log(p.At("x")), factor)
				s.Backward(loss)
				skip := watch.Judge(s, loss, p.GradNorm(s), n, stay)
				p.AdamW(s, AdamW{LR: .1, Beta1: .9, Beta2: .9, Eps: 1e-8, Skip: skip})
				p.Follow(s, average, .5, skip)
				return p.Get(s, "x").Data[0]
			}
			one := step(1, 1)
			if one == 1 {
				t.Error("the first step changed nothing")
			}
			m, _ := p.Moments(s, "x")
			for n, bad := range []float64{math.Inf(1), math.NaN()} {
				if got := step(2+n, bad); got != one {
					t.Errorf("a loss times %v moved the weight from %v to %v", bad, one, got)
				}
			}
			if after, _ := p.Moments(s, "x"); after.Data[0] != m.Data[0] || p.Updates(s) != 1 {
				t.Errorf("moment %v, then %v; %d updates", m.Data, after.Data, p.Updates(s))
			}
			if got := p.GetIn(s, average, "x").Data[0]; got != (1+one)/2 {
				t.Errorf("the average is %v", got)
			}
			if four := step(4, 1); (four == one) != stay {
				t.Errorf("stay %v: step 4 moved the weight from %v to %v", stay, one, four)
			}
			want := Seen{Skipped: 2, First: 2, Run: 0}
			if stay {
				want = Seen{Skipped: 3, First: 2, Run: 3}
			}
			if got := watch.Read(s); got != want {
				t.Errorf("stay %v: saw %+v, not %+v", stay, got, want)
			}
			if got := watch.Read(s); got.Skipped != 0 || got.First != 0 {
				t.Errorf("after reading: %+v", got)
			}
		})
	}
}

func TestLeafTakesAGradientOfItsOwn(t *testing.T) {
	th := start(t)
	do(t, th, func(s *Scope) {
		p := s.NewParams([]Param{{Name: "x", Data: []float32{3}}}, func(string, []int) Group { return Plain })
		defer p.Free(s)
		leaf := s.Leaf(s.Mul(p.At("x"), p.At("x")))
		s.Backward(s.MulScalar(s.Mul(leaf, leaf), .5))
		if got := s.Item(s.LeafGrad(leaf)); got != 9 {
			t.Errorf("gradient %v, not 9", got)
		}
		if got := p.Grad(s, "x").Data[0]; got != 0 {
			t.Errorf("the gradient went through the leaf: %v", got)
		}
	})
}

func TestClampAndGradientsAddUp(t *testing.T) {
	th := start(t)
	do(t, th, func(s *Scope) {
		p := s.NewParams([]Param{{Name: "x", Data: []float32{5}}}, func(string, []int) Group { return Plain })
		defer p.Free(s)
		s.Backward(s.MulScalar(p.At("x"), 2))
		s.Backward(s.MulScalar(p.At("x"), 3))
		if g := p.Grad(s, "x").Data[0]; g != 5 {
			t.Errorf("gradients add up to %v, want 5", g)
		}
		p.ZeroGrad(s)
		if g := p.Grad(s, "x").Data[0]; g != 0 {
			t.Errorf("gradient %v after ZeroGrad", g)
		}
		p.Clamp(s, "x", 0, 4)
		if x := p.Get(s, "x").Data[0]; x != 4 {
			t.Errorf("clamped to %v, want 4", x)
		}
	})
}

// trainRandom trains a small network for 30 steps and gives its weights.
func trainRandom(t testing.TB, th *Thread) []float32 {
	t.Helper()
	var out []float32
	err := run(th, func(s *Scope) {
		p := s.NewParams([]Param{
			{Name: "w", Shape: []int{96, 64}, Data: numbers(96*64, 1)},
			{Name: "u", Shape: []int{64, 96}, Data: numbers(64*96, 2)},
			{Name: "b", Shape: []int{96}, Data: numbers(96, 3)},
			{Name: "frozen", Shape: []int{96}, Data: numbers(96, 4)},
			{Name: "scale", Shape: []int{}, Data: []float32{0}},
		}, groupOf)
		defer p.Free(s)
		x := numbers(256*64, 6)
		for range 30 {
			s.Nested(func(s *Scope) { trainStep(s, p, x) })
		}
		out = append(p.Get(s, "w").Data, p.Get(s, "u").Data...)
	})
	if err != nil {
		t.Error(err)
	}
	if slices.ContainsFunc(out, func(x float32) bool { return math.IsNaN(float64(x)) }) {
		t.Error("training gave NaN")
	}
	return out
}

func trainStep(s *Scope, p *Params, x []float32) {
	loss := smallLoss(s, p, s.FromFloat32(x, len(x)/64, 64))
	p.ZeroGrad(s)
	s.Backward(loss)
	p.ClipGrad(s, 1)
	p.AdamW(s, AdamW{LR: 1e-3, Beta1: .9, Beta2: .98, Eps: 1e-6, WeightDecay: .1})
}

// 500 steps that each make some megabytes of tensors leave the process as large
// as it was: one forgotten tensor of 100 kB a step would be 50 MB.
func TestMemoryStaysFlat(t *testing.T) {
	if _, err := os.Stat("/proc/self/statm"); err != nil {
		t.Skip("no /proc here")
	}
	th := start(t)
	do(t, th, func(s *Scope) {
		p := s.NewParams([]Param{
			{Name: "w", Shape: []int{96, 64}, Data: numbers(96*64, 1)},
			{Name: "u", Shape: []int{64, 96}, Data: numbers(64*96, 2)},
			{Name: "b", Shape: []int{96}, Data: numbers(96, 3)},
			{Name: "frozen", Shape: []int{96}, Data: numbers(96, 4)},
			{Name: "scale", Shape: []int{}, Data: []float32{0}},
		}, groupOf)
		defer p.Free(s)
		x := numbers(512*64, 6)
		steps := func(n int) int {
			for step := 1; step <= n; step++ {
				s.Nested(func(s *Scope) { trainStep(s, p, x) })
			}
			runtime.GC()
			debug.FreeOSMemory()
			return resident(t)
		}
		before := steps(100)
		if grown := steps(500) - before; grown > 8<<20 {
			t.Errorf("500 steps grew the process by %d kB", grown>>10)
		}
		if len(s.owned) != 0 {
			t.Errorf("the outer scope holds %d tensors", len(s.owned))
		}
	})
}

func resident(t testing.TB) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Error(err)
		return 0
	}
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	if err != nil {
		t.Error(err)
	}
	return pages * os.Getpagesize()
}
