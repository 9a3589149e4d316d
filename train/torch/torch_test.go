//go:build libtorch

package torch

import (
	"context"
	"errors"
	"math"
	"testing"
)

func start(t testing.TB) *Thread {
	t.Helper()
	th, err := Start(Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(th.Close)
	return th
}

func do(t testing.TB, th *Thread, fn func(s *Scope)) {
	t.Helper()
	if err := th.Do(context.Background(), func(s *Scope) error { fn(s); return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestErrorsComeBack(t *testing.T) {
	th := start(t)
	err := th.Do(context.Background(), func(s *Scope) error {
		s.MatMul(s.FromFloat32(make([]float32, 6), 2, 3), s.FromFloat32(make([]float32, 6), 2, 3))
		return nil
	})
	var e *Error
	if !errors.As(err, &e) || e.Op != "matmul" {
		t.Fatalf("got %v", err)
	}
}

// A quadratic with a known gradient, and AdamW by hand.
func TestAdamWFollowsTheFormula(t *testing.T) {
	th := start(t)
	x, m, v := []float64{1, -2, 3}, make([]float64, 3), make([]float64, 3)
	const lr, b1, b2, eps, wd = .1, .9, .99, 1e-6, .01
	do(t, th, func(s *Scope) {
		group := func(string, []int) Group { return Decayed }
		p := s.NewParams([]Param{{Name: "x", Shape: []int{3, 1}, Data: []float32{1, -2, 3}}}, group)
		defer p.Free(s)
		for step := 1; step <= 20; step++ {
			p.ZeroGrad(s)
			s.Nested(func(s *Scope) { s.Backward(s.Mean(s.Mul(p.At("x"), p.At("x")))) })
			p.AdamW(s, AdamW{LR: lr, Beta1: b1, Beta2: b2, Eps: eps, WeightDecay: wd})
			for i := range x {
				g := 2 * x[i] / 3
				m[i], v[i] = b1*m[i]+(1-b1)*g, b2*v[i]+(1-b2)*g*g
				x[i] -= lr * wd * x[i]
				x[i] -= lr * m[i] / (1 - math.Pow(b1, float64(step))) / (math.Sqrt(v[i]/(1-math.Pow(b2, float64(step)))) + eps)
			}
		}
		for i, got := range p.Get(s, "x").Data {
			if math.Abs(float64(got)-x[i]) > 1e-5 {
				t.Errorf("x[%d] = %v, want %v", i, got, x[i])
			}
		}
	})
}
