//go:build libtorch

package torch

// #include "shim.h"
import "C"

import (
	"fmt"
	"slices"

	"github.com/sugarme/gotch/libtch"
)

// Tensor is a handle of a tensor of libtorch. It belongs to the scope that
// made it, or to whoever kept it, and is used on its Thread only.
type Tensor struct {
	c libtch.Ctensor
}

// pointer gives the handle; a freed tensor is a mistake of the program.
func (t *Tensor) pointer() libtch.Ctensor {
	if t.c == nil {
		panic("torch: a freed tensor is used")
	}
	return t.c
}

func (t *Tensor) free() {
	if t.c != nil {
		libtch.AtFree(t.c)
		t.c = nil
	}
}

// Scope owns the tensors made through it and frees them together: no tensor is
// freed while an operation may still read it, and none is left behind.
type Scope struct {
	thread *Thread
	owned  []*Tensor
	closed bool
}

// Nested runs fn in a scope of its own, so that its tensors are freed early.
func (s *Scope) Nested(fn func(*Scope)) {
	inner := &Scope{thread: s.thread}
	defer inner.close()
	fn(inner)
}

// Keep moves tensors out of the scope to the caller, who frees them with Free.
func (s *Scope) Keep(kept ...*Tensor) {
	s.owned = slices.DeleteFunc(s.owned, func(t *Tensor) bool { return slices.Contains(kept, t) })
}

// Free frees tensors that were kept.
func (s *Scope) Free(tensors ...*Tensor) {
	for _, t := range tensors {
		t.free()
	}
}

// Take lets the scope own tensors that another one has kept.
func (s *Scope) Take(kept ...*Tensor) { s.owned = append(s.owned, kept...) }

// NoGrad runs fn without recording for Backward, and restores what was before.
func (s *Scope) NoGrad(fn func()) {
	before := libtch.AtGradSetEnabled(0)
	defer libtch.AtGradSetEnabled(before)
	fn()
}

// Autocast runs fn with matrix products and attention in bfloat16, from float32
// weights, whose gradients stay float32 (libtorch's autocast). It must not be
// nested; Backward runs outside.
func (s *Scope) Autocast(fn func()) {
	must("autocast", C.pc_autocast(flag(s.thread.cuda), 1))
	defer func() { must("autocast", C.pc_autocast(flag(s.thread.cuda), 0)) }()
	fn()
}

func (s *Scope) close() {
	for _, t := range s.owned {
		t.free()
	}
	s.owned, s.closed = nil, true
}

// own registers the result of a shim or gotch operation.
func (s *Scope) own(op string, c libtch.Ctensor) *Tensor {
	if c == nil {
		panic(newError(op, fmt.Sprintf("%s gave no tensor", op)))
	}
	if s.closed { // on whatever goroutine it leaked to
		libtch.AtFree(c)
		panic("torch: a finished scope is used")
	}
	t := &Tensor{c: c}
	s.owned = append(s.owned, t)
	return t
}
