//go:build libtorch

package torch

// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/sugarme/gotch/libtch"
)

// Watch notices losses and gradients that are infinite or not a number. It
// lives on the device: steps are judged without waiting, and Read asks later.
// Free it with Scope.Free of its State.
type Watch struct {
	State *Tensor // [3] float64
}

// Seen is what a Watch has noticed since it was last read.
type Seen struct {
	Skipped int // steps that were not finite, or came after one that stays
	First   int // the first of them, from 1; 0: none
	Run     int // how many of them stand at the end, in a row
}

// NewWatch makes a watch that has seen nothing. The caller frees it.
func (s *Scope) NewWatch() *Watch {
	var out C.pc_tensor
	must("watch", C.pc_watch_new(&out, flag(s.thread.cuda)))
	t := s.own("watch", libtch.Ctensor(unsafe.Pointer(out)))
	s.Keep(t)
	return &Watch{State: t}
}

// Judge gives 1 where the loss or the gradients' norm of a step (from 1) is not
// finite, else 0: a scalar float32 for AdamW.Skip. With stay every later step
// is 1 too, until Read: the weights stay what they were at that step.
func (w *Watch) Judge(s *Scope, loss, norm *Tensor, step int, stay bool) *Tensor {
	var out C.pc_tensor
	must("judge step", C.pc_watch(&out, C.pc_tensor(w.State.pointer()), C.pc_tensor(loss.pointer()), C.pc_tensor(norm.pointer()), C.double(step), flag(stay)))
	return s.own("judge step", libtch.Ctensor(unsafe.Pointer(out)))
}

// Read gives what was seen and forgets it, but for the length of the run. It
// waits for the device.
func (w *Watch) Read(*Scope) Seen {
	var state [3]C.double
	must("read watch", C.pc_watch_read(C.pc_tensor(w.State.pointer()), &state[0]))
	return Seen{Skipped: int(state[0]), First: int(state[1]), Run: int(state[2])}
}
