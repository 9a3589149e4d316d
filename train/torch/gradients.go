//go:build libtorch

package torch

// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/sugarme/gotch/libtch"
)

// gradients gives the flat gradient; a model of which nothing is trained has none.
func (p *Params) gradients(op string) C.pc_tensor {
	if p.grad == nil {
		panic(newError(op, "no parameter is trained"))
	}
	return C.pc_tensor(p.grad.pointer())
}

// GradNorm gives the Euclidean norm of all gradients together, a scalar that
// stays on the device.
func (p *Params) GradNorm(s *Scope) *Tensor {
	var out C.pc_tensor
	must("gradient norm", C.pc_norm(&out, p.gradients("gradient norm")))
	return s.own("gradient norm", libtch.Ctensor(unsafe.Pointer(out)))
}

// ClipGrad scales all gradients together so that their norm is at most most,
// and gives the norm before, a scalar (PyTorch's clip_grad_norm_). It does not
// wait for the device.
func (p *Params) ClipGrad(s *Scope, most float64) *Tensor {
	var out C.pc_tensor
	must("clip gradients", C.pc_clip(&out, p.gradients("clip gradients"), C.double(most)))
	return s.own("clip gradients", libtch.Ctensor(unsafe.Pointer(out)))
}

// Pull adds the gradient of weight/2 x |trained - from|^2 to the gradients and
// gives that value, a scalar: the pull of L2-SP towards where training began.
// from is a Snapshot.
func (p *Params) Pull(s *Scope, from *Tensor, weight float64) *Tensor {
	var out C.pc_tensor
	must("pull", C.pc_pull(&out, C.pc_tensor(p.flat.pointer()), C.int64_t(p.bounds[Plain]), C.pc_tensor(from.pointer()), p.gradients("pull"), C.double(weight)))
	return s.own("pull", libtch.Ctensor(unsafe.Pointer(out)))
}

// Leaf gives the numbers of t as a tensor of their own, for which Backward
// leaves a gradient.
func (s *Scope) Leaf(t *Tensor) *Tensor {
	var out C.pc_tensor
	must("leaf", C.pc_leaf(&out, C.pc_tensor(t.pointer())))
	return s.own("leaf", libtch.Ctensor(unsafe.Pointer(out)))
}

// LeafGrad gives the gradient that Backward left for a Leaf.
func (s *Scope) LeafGrad(leaf *Tensor) *Tensor {
	var out C.pc_tensor
	must("leaf gradient", C.pc_grad(&out, C.pc_tensor(leaf.pointer())))
	return s.own("leaf gradient", libtch.Ctensor(unsafe.Pointer(out)))
}
