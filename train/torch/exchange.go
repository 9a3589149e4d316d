//go:build libtorch

package torch

// #include <stdlib.h>
// #include "shim_team.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/pcclip/pcclip/shards/fault"
)

// How tensors of a GPU travel between the processes of a team.
const (
	AutoExchange = "auto" // by NCCL where every process has a GPU and NCCL, else by Gloo
	Gloo         = "gloo" // by way of the host
	NCCL         = "nccl" // from GPU to GPU; an error where it can't be had
)

// ncclLibrary is the file in which NCCL is; libtorch with CUDA brings it.
const ncclLibrary = "libnccl.so.2"

// errNoNCCL is the reason where the fault is not this process's.
var errNoNCCL = errors.New("another process has no GPU, no NCCL, or was told to do without")

// exchange agrees with the others on how tensors travel. All of them use NCCL or
// none does.
func (t *Thread) exchange(ctx context.Context, m *Team, o TeamOptions) error {
	m.Exchange = Gloo
	why := t.findNCCL(o)
	agreed, err := t.agree(ctx, m, why == nil)
	if err == nil && agreed {
		why = t.joinNCCL(ctx, m, o)
		if agreed, err = t.agree(ctx, m, why == nil); !agreed {
			m.Exchange = Gloo
			err = errors.Join(err, t.Do(ctx, func(*Scope) error { return failure("leave NCCL", C.pc_team_nccl_drop(m.c)) }))
		}
	}
	if err != nil || agreed {
		return err
	}
	if why == nil {
		why = errNoNCCL
	}
	if o.Exchange == NCCL {
		return fault.Input("join the other processes", "--exchange nccl", "start each process on a GPU of its own with a PyTorch that has NCCL, or give --exchange auto", "%w", why)
	}
	if t.direct(o) && o.Exchange != Gloo {
		m.WhyGloo = why
	}
	return nil
}

// agree tells whether all processes say yes.
func (t *Thread) agree(ctx context.Context, m *Team, yes bool) (all bool, err error) {
	err = t.Do(ctx, func(s *Scope) error {
		all = !slices.Contains(s.Share(m, []float32{float32(flag(yes))}), 0)
		return nil
	})
	return all, err
}

// findNCCL tells what keeps this process from using NCCL.
func (t *Thread) findNCCL(o TeamOptions) error {
	switch {
	case o.Exchange == Gloo:
		return errors.New("told to do without")
	case !t.direct(o):
		return errors.New("this process computes on a CPU")
	}
	path := C.CString(o.nccl())
	defer C.free(unsafe.Pointer(path))
	return failure("find NCCL", C.pc_team_nccl_find(path))
}

// direct tells whether NCCL is for the tensors of this thread.
func (t *Thread) direct(o TeamOptions) bool { return t.cuda || o.library != "" }

func (o TeamOptions) nccl() string {
	if o.library != "" {
		return o.library
	}
	return ncclLibrary
}

func (t *Thread) joinNCCL(ctx context.Context, m *Team, o TeamOptions) error {
	path := C.CString(o.nccl())
	defer C.free(unsafe.Pointer(path))
	var version *C.char
	err := t.Do(ctx, func(*Scope) error {
		return failure("join NCCL", C.pc_team_nccl_join(&version, m.c, path, flag(t.cuda), C.int(o.Rank), C.int(o.World), C.int64_t(o.Timeout.Milliseconds())))
	})
	if err == nil {
		m.Exchange = fmt.Sprintf("%s %s", NCCL, C.GoString(version))
	}
	C.free(unsafe.Pointer(version))
	return err
}
