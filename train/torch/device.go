//go:build libtorch

package torch

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"sync"
	"unsafe"

	"github.com/sugarme/gotch/libtch"

	"github.com/pcclip/pcclip/shards/fault"
)

// loadCUDA registers the CUDA backend once. It must come before the first
// question about CUDA, whose answer libtorch remembers.
var loadCUDA = sync.OnceValue(func() error { return failure("load CUDA", C.pc_load_cuda()) })

// useCUDA decides whether a thread computes on a GPU.
func useCUDA(device string) (bool, error) {
	switch device {
	case "", "cpu":
		return false, nil
	case "auto", "cuda":
	default:
		return false, fault.Input("start torch", "--device", "give auto, cpu or cuda", "unknown device %q", device)
	}
	err := loadCUDA()
	if err == nil && libtch.AtcCudaIsAvailable() {
		return true, nil
	}
	if device == "cuda" {
		return false, fault.Input("start torch", "--device cuda", "install a PyTorch with CUDA and see: pcclip doctor", "no CUDA device (%v)", err)
	}
	return false, nil
}

// Info describes the libtorch that this binary runs with.
type Info struct {
	Version string `json:"version"`
	CUDA    bool   `json:"cuda"`
	Config  string `json:"config"` // threads, OpenMP and MKL
	Build   string `json:"build"`  // compiler, BLAS, vector units
}

// Describe asks libtorch about itself.
func Describe() (Info, error) {
	var info Info
	for _, q := range []struct {
		op  string
		ask func(**C.char) *C.char
		to  *string
	}{
		{"version", func(out **C.char) *C.char { return C.pc_version(out) }, &info.Version},
		{"config", func(out **C.char) *C.char { return C.pc_config(out) }, &info.Config},
		{"build", func(out **C.char) *C.char { return C.pc_build(out) }, &info.Build},
	} {
		var text *C.char
		if err := failure(q.op, q.ask(&text)); err != nil {
			return Info{}, err
		}
		*q.to = C.GoString(text)
		C.free(unsafe.Pointer(text))
	}
	var err error
	info.CUDA, err = useCUDA("auto")
	return info, err
}

// PeakMemory gives the most bytes that tensors have held on the thread's GPU,
// and 0 on a CPU or with a libtorch before 2.9, which does not say.
func (s *Scope) PeakMemory() int64 {
	var out C.int64_t
	if s.thread.cuda {
		must("peak memory", C.pc_peak_memory(&out))
	}
	return int64(out)
}

// Cores gives the number of CPU threads that operations of the scope's thread use.
func (s *Scope) Cores() int { return int(C.pc_threads()) }
