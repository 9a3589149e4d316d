//go:build libtorch

package torch

// #include "shim.h"
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/sugarme/gotch/libtch"
)

// FromFloat32 copies data into a tensor of the shape.
func (s *Scope) FromFloat32(data []float32, shape ...int) *Tensor {
	return s.fromBlob("from float32", unsafe.Pointer(unsafe.SliceData(data)), len(data), Float32, shape)
}

// FromInt64 copies data into a tensor of the shape.
func (s *Scope) FromInt64(data []int64, shape ...int) *Tensor {
	return s.fromBlob("from int64", unsafe.Pointer(unsafe.SliceData(data)), len(data), Int64, shape)
}

// FromUint8 copies data into a tensor of the shape.
func (s *Scope) FromUint8(data []uint8, shape ...int) *Tensor {
	return s.fromBlob("from uint8", unsafe.Pointer(unsafe.SliceData(data)), len(data), Uint8, shape)
}

func (s *Scope) fromBlob(op string, data unsafe.Pointer, n int, kind DType, shape []int) *Tensor {
	dims, count := sizes(shape)
	if count != int64(n) {
		panic(newError(op, fmt.Sprintf("%d numbers do not fill shape %v", n, shape)))
	}
	var out C.pc_tensor
	var pin runtime.Pinner
	defer pin.Unpin()
	if n > 0 {
		pin.Pin(data)
	}
	must(op, C.pc_from_blob(&out, data, (*C.int64_t)(unsafe.SliceData(dims)), C.int(len(shape)), C.int(kind), flag(s.thread.cuda)))
	return s.own(op, libtch.Ctensor(out))
}

// Float32s copies a tensor to the host, row-major, as float32.
func (s *Scope) Float32s(t *Tensor) []float32 {
	_, n := sizes(s.Shape(t))
	out := make([]float32, n)
	must("copy to host", C.pc_to_host_f32(C.pc_tensor(t.pointer()), (*C.float)(unsafe.SliceData(out)), C.int64_t(n)))
	return out
}

// Int64s copies a tensor to the host, row-major, as int64.
func (s *Scope) Int64s(t *Tensor) []int64 {
	_, n := sizes(s.Shape(t))
	out := make([]int64, n)
	must("copy to host", C.pc_to_host_i64(C.pc_tensor(t.pointer()), (*C.int64_t)(unsafe.SliceData(out)), C.int64_t(n)))
	return out
}

// Item gives the one number of a tensor with one element.
func (s *Scope) Item(t *Tensor) float64 {
	var out C.double
	must("item", C.pc_item(C.pc_tensor(t.pointer()), &out))
	return float64(out)
}

// Shape gives the sizes of a tensor.
func (s *Scope) Shape(t *Tensor) []int {
	n := libtch.AtDim(t.pointer())
	check("dim")
	if n == 0 {
		return []int{}
	}
	dims := make([]int64, n)
	libtch.AtShape(t.pointer(), unsafe.Pointer(&dims[0]))
	check("shape")
	out := make([]int, n)
	for i, d := range dims {
		out[i] = int(d)
	}
	return out
}

// sizes gives a shape as libtorch wants it and the number of its elements. The
// slice has room behind its end: gotch takes the address of the first size
// even of a scalar, see padded.
func sizes(shape []int) (dims []int64, count int64) {
	dims, count = make([]int64, len(shape), len(shape)+1), 1
	for i, d := range shape {
		dims[i] = int64(d)
		count *= int64(d)
	}
	return dims, count
}

// padded gives a slice of at least one element with the sizes at its front;
// their number goes to gotch by itself.
func padded(dims []int64) []int64 { return append(dims, 0) }
