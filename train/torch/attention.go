//go:build libtorch

package torch

// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/sugarme/gotch/libtch"
)

// Part is some of the sequences that Attention works on: so many, each of so
// many positions, one after the other.
type Part struct{ Sequences, Length int64 }

// Attention is scaled dot product attention within sequences: qkv [N,3W], the
// queries, keys and values of N positions, each of heads x W/heads -> [N,W],
// scale 1/sqrt(W/heads); causal hides later positions. The parts cover the N
// positions in their order. What is linear can so be done for all positions at
// once, however long the sequences are.
func (s *Scope) Attention(qkv *Tensor, heads int, parts []Part, causal bool) *Tensor {
	if len(parts) == 0 {
		panic(&Error{Op: "attention", Message: "no parts are given"})
	}
	flag := C.int(0)
	if causal {
		flag = 1
	}
	var out C.pc_tensor
	must("attention", C.pc_attention(&out, C.pc_tensor(qkv.pointer()), C.int64_t(heads), (*C.int64_t)(unsafe.Pointer(&parts[0])), C.int(len(parts)), flag))
	return s.own("attention", libtch.Ctensor(unsafe.Pointer(out)))
}
