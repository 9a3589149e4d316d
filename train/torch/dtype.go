//go:build libtorch

package torch

// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/sugarme/gotch/libtch"
)

// DType is the type of a tensor's elements, by libtorch's numbers.
type DType int

// Element types.
const (
	Uint8    DType = 0
	Int64    DType = 4
	Float32  DType = 6
	Bool     DType = 11
	BFloat16 DType = 15
)

// To converts the elements; gradients flow back in the type they came in. The
// same type gives another handle of the same numbers.
func (s *Scope) To(t *Tensor, d DType) *Tensor {
	var out C.pc_tensor
	must("to", C.pc_to_dtype(&out, C.pc_tensor(t.pointer()), C.int(d)))
	return s.own("to", libtch.Ctensor(unsafe.Pointer(out)))
}

// Zeros gives a float32 tensor of zeros.
func (s *Scope) Zeros(shape ...int) *Tensor {
	dims, _ := sizes(shape)
	var out C.pc_tensor
	must("zeros", C.pc_zeros(&out, (*C.int64_t)(unsafe.SliceData(dims)), C.int(len(dims)), C.int(Float32), flag(s.thread.cuda)))
	return s.own("zeros", libtch.Ctensor(unsafe.Pointer(out)))
}
