//go:build libtorch

package torch

// #include "shim.h"
import "C"

import (
	"fmt"
	"slices"
	"unsafe"
)

// AdamW are the values of one update. WeightDecay 0 is plain Adam.
type AdamW struct {
	LR, Beta1, Beta2, Eps float64
	WeightDecay           float64 // decoupled, on the Decayed group only
	Skip                  *Tensor // scalar float32: 1 changes nothing; nil: always update
}

// ZeroGrad sets every gradient to zero.
func (p *Params) ZeroGrad(*Scope) {
	if p.grad != nil {
		must("zero gradients", C.pc_zero(C.pc_tensor(p.grad.pointer())))
	}
}

// AdamW updates the trained parameters in place, one fused call for each group,
// and counts the update. Whether it is skipped is decided on the device.
func (p *Params) AdamW(_ *Scope, o AdamW) {
	if p.grad == nil {
		return
	}
	skip := optional(o.Skip)
	must("count update", C.pc_count(C.pc_tensor(p.updates.pointer()), skip))
	for g := Plain; g <= Decayed; g++ {
		start, n := p.bounds[g], p.bounds[g+1]-p.bounds[g]
		if n == 0 {
			continue
		}
		decay := 0.0
		if g == Decayed {
			decay = o.WeightDecay
		}
		must("adamw", C.pc_adamw(C.pc_tensor(p.flat.pointer()), C.int64_t(start), C.pc_tensor(p.grad.pointer()),
			C.pc_tensor(p.m.pointer()), C.pc_tensor(p.v.pointer()), C.int64_t(start-p.bounds[Plain]), C.int64_t(n),
			C.pc_tensor(p.updates.pointer()), skip, C.double(o.LR), C.double(o.Beta1), C.double(o.Beta2), C.double(o.Eps), C.double(decay)))
	}
}

// Updates gives the number of updates done, skipped ones left out. It waits for
// the device.
func (p *Params) Updates(s *Scope) int {
	if p.updates == nil {
		return 0
	}
	return int(s.Item(p.updates))
}

// SetUpdates sets the number of updates done, for resuming.
func (p *Params) SetUpdates(_ *Scope, n int) error {
	if p.updates == nil {
		return nil
	}
	return write(p.updates, 0, "updates", nil, []float32{float32(n)})
}

// optional gives a tensor's handle, nil for none.
func optional(t *Tensor) C.pc_tensor {
	if t == nil {
		return nil
	}
	return C.pc_tensor(t.pointer())
}

// Clamp bounds a parameter's numbers in place.
func (p *Params) Clamp(_ *Scope, name string, lowest, highest float64) {
	must("clamp "+name, C.pc_clamp(C.pc_tensor(p.At(name).pointer()), C.double(lowest), C.double(highest)))
}

// Names lists the parameters, sorted.
func (p *Params) Names() []string { return slices.Clone(p.names) }

// Trained lists the parameters that have a gradient, sorted.
func (p *Params) Trained() []string {
	return slices.DeleteFunc(p.Names(), func(n string) bool { return p.entries[n].group == Frozen })
}

// TrainableCount gives the number of trained numbers.
func (p *Params) TrainableCount() int64 {
	var n int64
	for _, e := range p.entries {
		if e.group != Frozen {
			n += int64(count(e.shape))
		}
	}
	return n
}

// Get copies a parameter to the host.
func (p *Params) Get(s *Scope, name string) Param {
	view := p.At(name)
	return Param{Name: name, Shape: slices.Clone(p.entries[name].shape), Data: s.Float32s(view)}
}

// Grad copies a trained parameter's gradient to the host.
func (p *Params) Grad(s *Scope, name string) Param { return p.state(s, p.grad, name) }

// Moments copies a trained parameter's two moments to the host.
func (p *Params) Moments(s *Scope, name string) (m, v Param) {
	return p.state(s, p.m, name), p.state(s, p.v, name)
}

func (p *Params) state(s *Scope, buffer *Tensor, name string) Param {
	e := p.trainedEntry(name)
	flat := s.Narrow(buffer, 0, e.start-p.bounds[Plain], count(e.shape))
	return Param{Name: name, Shape: slices.Clone(e.shape), Data: s.Float32s(flat)}
}

func (p *Params) trainedEntry(name string) entry {
	e, ok := p.entries[name]
	if !ok || e.group == Frozen {
		panic(fmt.Sprintf("torch: parameter %q is not trained", name))
	}
	return e
}

// Set overwrites a parameter; the length of the data must fit.
func (p *Params) Set(_ *Scope, name string, data []float32) error {
	e, ok := p.entries[name]
	if !ok {
		return fmt.Errorf("set parameter: no parameter %q", name)
	}
	return write(p.flat, e.start, name, e.shape, data)
}

// SetMoments overwrites a trained parameter's two moments.
func (p *Params) SetMoments(_ *Scope, name string, m, v []float32) error {
	e, ok := p.entries[name]
	if !ok || e.group == Frozen {
		return fmt.Errorf("set moments: parameter %q is not trained", name)
	}
	start := e.start - p.bounds[Plain]
	if err := write(p.m, start, name, e.shape, m); err != nil {
		return err
	}
	return write(p.v, start, name, e.shape, v)
}

func write(flat *Tensor, start int, name string, shape []int, data []float32) error {
	if len(data) != count(shape) {
		return fmt.Errorf("set %s: %d numbers do not fill shape %v", name, len(data), shape)
	}
	return failure("set "+name, C.pc_write(C.pc_tensor(flat.pointer()), C.int64_t(start), (*C.float)(unsafe.SliceData(data)), C.int64_t(len(data))))
}

func count(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Free frees all buffers.
func (p *Params) Free(s *Scope) {
	for _, e := range p.entries {
		s.Free(e.view)
	}
	for _, t := range []*Tensor{p.flat, p.grad, p.m, p.v, p.updates} {
		if t != nil {
			s.Free(t)
		}
	}
}
