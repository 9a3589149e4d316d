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
