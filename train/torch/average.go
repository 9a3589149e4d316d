//go:build libtorch

package torch

// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/sugarme/gotch/libtch"
)

// Snapshot copies the trained numbers as they are, for Interpolate. Keep it if
// it is to outlive the scope.
func (p *Params) Snapshot(s *Scope) *Tensor {
	start := p.bounds[Plain]
	var out C.pc_tensor
	must("snapshot", C.pc_copy(&out, C.pc_tensor(p.flat.pointer()), C.int64_t(start), C.int64_t(p.bounds[Decayed+1]-start)))
	return s.own("snapshot", libtch.Ctensor(unsafe.Pointer(out)))
}

// Interpolate sets the trained numbers to (1-alpha) x snapshot + alpha x
// present, in place: 0 goes back to the snapshot, 1 changes nothing.
func (p *Params) Interpolate(_ *Scope, snapshot *Tensor, alpha float64) {
	must("interpolate", C.pc_interpolate(C.pc_tensor(p.flat.pointer()), C.int64_t(p.bounds[Plain]), C.pc_tensor(snapshot.pointer()), C.double(alpha)))
}

// Follow moves a running average, begun as a Snapshot, towards the trained
// numbers: decay x average + (1-decay) x present. A skip of 1 leaves it.
func (p *Params) Follow(_ *Scope, average *Tensor, decay float64, skip *Tensor) {
	must("follow", C.pc_follow(C.pc_tensor(average.pointer()), C.pc_tensor(p.flat.pointer()), C.int64_t(p.bounds[Plain]), C.double(decay), optional(skip)))
}

// GetIn copies a trained parameter's part of a snapshot to the host.
func (p *Params) GetIn(s *Scope, snapshot *Tensor, name string) Param {
	return p.state(s, snapshot, name)
}

// SetIn overwrites a trained parameter's part of a snapshot.
func (p *Params) SetIn(_ *Scope, snapshot *Tensor, name string, data []float32) error {
	e := p.trainedEntry(name)
	return write(snapshot, e.start-p.bounds[Plain], name, e.shape, data)
}
