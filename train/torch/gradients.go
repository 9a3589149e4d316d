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

// AllFinite says whether no gradient is infinite or not a number. It waits for
// the device.
func (p *Params) AllFinite(*Scope) bool {
	var out C.int
	must("all finite", C.pc_all_finite(p.gradients("all finite"), &out))
	return out != 0
}
