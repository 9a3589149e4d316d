//go:build libtorch

package torch

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

// golden is what testdata/make_golden.py wrote with PyTorch.
type golden struct {
	Cases []struct {
		Name   string
		Inputs []array
		Out    array
		Weight array
		Grads  []*array
	}
	Training []struct {
		Clip, Pull    float64
		Start, End    map[string]array
		Inputs        array
		Losses, Norms []float64
		Average       map[string]array
		ExpAvg        map[string]array `json:"exp_avg"`
		ExpAvgSq      map[string]array `json:"exp_avg_sq"`
	}
}

type array struct {
	Shape []int
	Data  []float64
	Ints  bool
}

func (a array) floats() []float32 {
	out := make([]float32, len(a.Data))
	for i, x := range a.Data {
		out[i] = float32(x)
	}
	return out
}

func (a array) integers() []int64 {
	out := make([]int64, len(a.Data))
	for i, x := range a.Data {
		out[i] = int64(x)
	}
	return out
}

func readGolden(t testing.TB) golden {
	t.Helper()
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// near compares with an absolute and a relative tolerance.
func near(t testing.TB, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= tolerance*max(1, math.Abs(w))) {
			t.Errorf("%s: number %d is %v, want %v", what, i, got[i], w)
			return
		}
	}
}

// operations by the names of the golden file.
var operations = map[string]func(s *Scope, in []*Tensor) *Tensor{
	"add":              func(s *Scope, in []*Tensor) *Tensor { return s.Add(in[0], in[1]) },
	"sub":              func(s *Scope, in []*Tensor) *Tensor { return s.Sub(in[0], in[1]) },
	"mul":              func(s *Scope, in []*Tensor) *Tensor { return s.Mul(in[0], in[1]) },
	"div":              func(s *Scope, in []*Tensor) *Tensor { return s.Div(in[0], in[1]) },
	"mul scalar":       func(s *Scope, in []*Tensor) *Tensor { return s.MulScalar(in[0], -2.5) },
	"add scalar":       func(s *Scope, in []*Tensor) *Tensor { return s.AddScalar(in[0], .75) },
	"exp":              func(s *Scope, in []*Tensor) *Tensor { return s.Exp(in[0]) },
	"log":              func(s *Scope, in []*Tensor) *Tensor { return s.Log(in[0]) },
	"sigmoid":          func(s *Scope, in []*Tensor) *Tensor { return s.Sigmoid(in[0]) },
	"clamp":            func(s *Scope, in []*Tensor) *Tensor { return s.Clamp(in[0], -.5, .5) },
	"gelu":             func(s *Scope, in []*Tensor) *Tensor { return s.GELU(in[0]) },
	"quick gelu":       func(s *Scope, in []*Tensor) *Tensor { return s.QuickGELU(in[0]) },
	"matmul":           func(s *Scope, in []*Tensor) *Tensor { return s.MatMul(in[0], in[1]) },
	"linear":           func(s *Scope, in []*Tensor) *Tensor { return s.Linear(in[0], in[1], in[2]) },
	"layer norm":       func(s *Scope, in []*Tensor) *Tensor { return s.LayerNorm(in[0], in[1], in[2], 1e-5) },
	"embedding":        func(s *Scope, in []*Tensor) *Tensor { return s.Embedding(in[0], in[1]) },
	"patches":          func(s *Scope, in []*Tensor) *Tensor { return s.Patches(in[0], in[1]) },
	"reshape":          func(s *Scope, in []*Tensor) *Tensor { return s.Reshape(in[0], 2, -1) },
	"reshape scalar":   func(s *Scope, in []*Tensor) *Tensor { return s.Reshape(in[0]) },
	"transpose":        func(s *Scope, in []*Tensor) *Tensor { return s.Transpose(in[0], 0, 2) },
	"narrow":           func(s *Scope, in []*Tensor) *Tensor { return s.Narrow(in[0], 1, 1, 2) },
	"select":           func(s *Scope, in []*Tensor) *Tensor { return s.Select(in[0], 1, 2) },
	"index select":     func(s *Scope, in []*Tensor) *Tensor { return s.IndexSelect(in[0], 0, in[1]) },
	"gather":           func(s *Scope, in []*Tensor) *Tensor { return s.Gather(in[0], 1, in[1]) },
	"expand":           func(s *Scope, in []*Tensor) *Tensor { return s.Expand(in[0], 2, 3, 4) },
	"cat":              func(s *Scope, in []*Tensor) *Tensor { return s.Cat(1, in...) },
	"mean":             func(s *Scope, in []*Tensor) *Tensor { return s.Mean(in[0]) },
	"sum":              func(s *Scope, in []*Tensor) *Tensor { return s.Sum(in[0]) },
	"sum over 0 and 2": func(s *Scope, in []*Tensor) *Tensor { return s.Sum(in[0], 0, 2) },
	"mean over 1":      func(s *Scope, in []*Tensor) *Tensor { return s.MeanOver(in[0], 1) },
	"norm":             func(s *Scope, in []*Tensor) *Tensor { return s.Norm(in[0], -1) },
	"normalize":        func(s *Scope, in []*Tensor) *Tensor { return s.Normalize(in[0]) },
	"diagonal":         func(s *Scope, in []*Tensor) *Tensor { return s.Diagonal(in[0]) },
	"softmax":          func(s *Scope, in []*Tensor) *Tensor { return s.Softmax(in[0], 0) },
	"log softmax":      func(s *Scope, in []*Tensor) *Tensor { return s.LogSoftmax(in[0], 1) },
	"cross entropy":    func(s *Scope, in []*Tensor) *Tensor { return s.CrossEntropy(in[0], in[1]) },
	"argmax":           func(s *Scope, in []*Tensor) *Tensor { return s.ArgMax(in[0], 1) },
	"or":               func(s *Scope, in []*Tensor) *Tensor { return s.To(s.Or(in[0], in[1]), Float32) },
	"and":              func(s *Scope, in []*Tensor) *Tensor { return s.To(s.And(in[0], in[1]), Float32) },
	"not":              func(s *Scope, in []*Tensor) *Tensor { return s.To(s.Not(in[0]), Float32) },
	"where": func(s *Scope, in []*Tensor) *Tensor {
		return s.Where(s.Eq(in[0], s.FromInt64([]int64{3, 2, 1}, 3, 1)), in[1], in[2])
	},
	"masked fill": func(s *Scope, in []*Tensor) *Tensor {
		return s.MaskedFill(in[0], s.To(in[1], Bool), -2)
	},
	"detach":           func(s *Scope, in []*Tensor) *Tensor { return s.Mul(in[0], s.Detach(in[0])) },
	"bfloat16":         func(s *Scope, in []*Tensor) *Tensor { return s.To(s.To(in[0], BFloat16), Float32) },
	"attention":        func(s *Scope, in []*Tensor) *Tensor { return attention(s, in, false) },
	"causal attention": func(s *Scope, in []*Tensor) *Tensor { return attention(s, in, true) },
}

// attention is Attention for q, k and v [B,H,L,E] by themselves, each sequence a
// part of its own -> [B,H,L,E].
func attention(s *Scope, in []*Tensor, causal bool) *Tensor {
	shape := s.Shape(in[0])
	sequences, heads, length, size := shape[0], shape[1], shape[2], shape[3]
	var thirds []*Tensor
	for _, t := range in {
		thirds = append(thirds, s.Reshape(s.Transpose(t, 1, 2), sequences*length, heads*size))
	}
	parts := make([]Part, sequences)
	for i := range parts {
		parts[i] = Part{1, int64(length)}
	}
	y := s.Attention(s.Cat(1, thirds...), heads, parts, causal)
	return s.Transpose(s.Reshape(y, sequences, length, heads, size), 1, 2)
}

func TestOperationsEqualPyTorch(t *testing.T) {
	g, th := readGolden(t), start(t)
	if len(g.Cases) != len(operations) {
		t.Errorf("%d golden cases for %d operations", len(g.Cases), len(operations))
	}
	for _, c := range g.Cases {
		t.Run(c.Name, func(t *testing.T) {
			op := operations[c.Name]
			if op == nil {
				t.Fatal("no such operation here")
			}
			do(t, th, func(s *Scope) {
				in, params := inputs(s, c.Inputs)
				defer params.Free(s)
				out := op(s, in)
				if !slices.Equal(s.Shape(out), c.Out.Shape) {
					t.Errorf("shape %v, want %v", s.Shape(out), c.Out.Shape)
				}
				near(t, "result", s.Float32s(out), c.Out.Data, 2e-6)
				if c.Grads == nil {
					return
				}
				s.Backward(s.Sum(s.Mul(out, s.FromFloat32(c.Weight.floats(), c.Weight.Shape...))))
				for i, want := range c.Grads {
					if want != nil {
						near(t, "gradient of "+letter(i), params.Grad(s, letter(i)).Data, want.Data, 5e-6)
					}
				}
			})
		})
	}
}

func letter(i int) string { return string(rune('a' + i)) }

// inputs makes floats trainable parameters and keeps integers as they are.
func inputs(s *Scope, arrays []array) ([]*Tensor, *Params) {
	var list []Param
	for i, a := range arrays {
		if !a.Ints {
			list = append(list, Param{Name: letter(i), Shape: a.Shape, Data: a.floats()})
		}
	}
	p := s.NewParams(list, func(string, []int) Group { return Plain })
	var in []*Tensor
	for i, a := range arrays {
		if a.Ints {
			in = append(in, s.FromInt64(a.integers(), a.Shape...))
		} else {
			in = append(in, p.At(letter(i)))
		}
	}
	return in, p
}

// Two groups, a frozen parameter, clipping: losses, norms, weights and moments
// over twenty steps.
func TestTrainingEqualsPyTorch(t *testing.T) {
	th := start(t)
	for _, g := range readGolden(t).Training {
		do(t, th, func(s *Scope) {
			p := s.NewParams(paramsOf(g.Start), groupOf)
			defer p.Free(s)
			size := len(g.Inputs.Data) / len(g.Losses)
			begun, average, watch := p.Snapshot(s), p.Snapshot(s), s.NewWatch()
			defer s.Free(watch.State)
			for i, want := range g.Losses {
				s.Nested(func(s *Scope) {
					loss := smallLoss(s, p, s.FromFloat32(g.Inputs.floats()[i*size:(i+1)*size], 6, 4))
					p.ZeroGrad(s)
					s.Backward(loss)
					near(t, "loss", s.Float32s(s.Add(loss, p.Pull(s, begun, g.Pull))), []float64{want}, 1e-6)
					norm := p.ClipGrad(s, g.Clip)
					near(t, "norm", s.Float32s(norm), []float64{g.Norms[i]}, 1e-6)
					skip := watch.Judge(s, loss, norm, i+1, false)
					p.AdamW(s, AdamW{LR: 1e-2, Beta1: .9, Beta2: .98, Eps: 1e-6, WeightDecay: .1, Skip: skip})
					p.Follow(s, average, .9, skip)
				})
			}
			if n := p.Updates(s); n != len(g.Losses) {
				t.Errorf("%d updates", n)
			}
			for name, want := range g.Average {
				near(t, "average of "+name, p.GetIn(s, average, name).Data, want.Data, 1e-6)
			}
			for name, want := range g.End {
				near(t, name, p.Get(s, name).Data, want.Data, 1e-6)
			}
			for _, name := range p.Trained() {
				m, v := p.Moments(s, name)
				near(t, "first moment of "+name, m.Data, g.ExpAvg[name].Data, 1e-6)
				near(t, "second moment of "+name, v.Data, g.ExpAvgSq[name].Data, 1e-6)
			}
		})
	}
}

func paramsOf(arrays map[string]array) []Param {
	var out []Param
	for name, a := range arrays {
		out = append(out, Param{Name: name, Shape: a.Shape, Data: a.floats()})
	}
	return out
}

func groupOf(name string, shape []int) Group {
	switch {
	case name == "frozen":
		return Frozen
	case len(shape) > 1:
		return Decayed
	}
	return Plain
}

// smallLoss is the loss of make_golden.py: x [B,4] -> scalar.
func smallLoss(s *Scope, p *Params, x *Tensor) *Tensor {
	h := s.GELU(s.Add(s.Linear(x, p.At("w"), p.At("b")), p.At("frozen")))
	h = s.MatMul(h, s.Transpose(p.At("u"), 0, 1))
	return s.Mul(s.Mean(s.Mul(h, h)), s.Exp(p.At("scale")))
}
