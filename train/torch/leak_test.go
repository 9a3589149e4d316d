//go:build libtorch

package torch

import (
	"os"
	"runtime/debug"
	"testing"
)

// What a thread has used goes back to the system when it ends, also where
// something is still in use.
func TestEndedThreadGivesItsMemoryBack(t *testing.T) {
	const pieces, floats = 4000, 16 << 10 // 250 MB, in pieces that malloc takes from its arenas
	before := resident(t)
	th, err := Start(Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	var held []*Tensor
	do(t, th, func(s *Scope) {
		for i := range pieces {
			if x := s.Zeros(floats); i%100 == 99 {
				s.Keep(x)
				held = append(held, x)
			}
		}
	})
	used := resident(t) - before
	th.Close()
	left := resident(t) - before
	for _, x := range held {
		x.free()
	}
	if used < 100<<20 || left > 50<<20 {
		t.Errorf("%d MB in use, %d MB after the thread's end", used>>20, left>>20)
	}
}

// No operation leaves memory behind, be it a few bytes: a step makes hundreds.
func TestOperationsLeaveNoMemoryBehind(t *testing.T) {
	if _, err := os.Stat("/proc/self/statm"); err != nil {
		t.Skip("no /proc here")
	}
	const calls, most = 40_000, 768 << 10 // 19 bytes a call; malloc's smallest piece has 32
	th := start(t)
	do(t, th, func(s *Scope) {
		x, ids := s.FromFloat32(numbers(4, 1), 2, 2), s.FromInt64([]int64{0, 1}, 2)
		w, row := s.FromFloat32(numbers(4, 2), 2, 2), s.FromFloat32(numbers(2, 3), 2)
		qkv := s.FromFloat32(numbers(36, 4), 6, 6)
		for name, op := range map[string]func(s *Scope){
			"gelu":            func(s *Scope) { s.GELU(x) },
			"quick gelu":      func(s *Scope) { s.QuickGELU(x) },
			"layer norm":      func(s *Scope) { s.LayerNorm(x, row, row, 1e-5) },
			"linear":          func(s *Scope) { s.Linear(x, w, row) },
			"attention":       func(s *Scope) { s.Attention(qkv, 1, []Part{{2, 1}, {2, 2}}, true) },
			"embedding":       func(s *Scope) { s.Embedding(w, ids) },
			"normalize":       func(s *Scope) { s.Normalize(x) },
			"cross entropy":   func(s *Scope) { s.CrossEntropy(x, ids) },
			"cat":             func(s *Scope) { s.Cat(0, x, w) },
			"reshape":         func(s *Scope) { s.Reshape(x, 4) },
			"narrow":          func(s *Scope) { s.Narrow(x, 0, 0, 1) },
			"gather":          func(s *Scope) { s.IndexSelect(x, 0, ids) },
			"where":           func(s *Scope) { s.Where(s.Eq(x, w), x, w) },
			"sum":             func(s *Scope) { s.Sum(x, 0) },
			"to host":         func(s *Scope) { s.Float32s(x) },
			"from host":       func(s *Scope) { s.FromInt64([]int64{1, 2}, 2) },
			"to another type": func(s *Scope) { s.To(x, Int64) },
		} {
			run := func(n int) int {
				for range n {
					s.Nested(op)
				}
				debug.FreeOSMemory()
				return resident(t)
			}
			before := run(calls)
			if grown := run(calls) - before; grown > most {
				t.Errorf("%s: %d calls grew the process by %d kB", name, calls, grown>>10)
			}
		}
	})
}
