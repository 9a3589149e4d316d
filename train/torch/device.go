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
	Config  string `json:"config"`
}

// Describe asks libtorch about itself.
func Describe() (Info, error) {
	var version, config *C.char
	if err := failure("version", C.pc_version(&version)); err != nil {
		return Info{}, err
	}
	defer C.free(unsafe.Pointer(version))
	if err := failure("config", C.pc_config(&config)); err != nil {
		return Info{}, err
	}
	defer C.free(unsafe.Pointer(config))
	cuda, err := useCUDA("auto")
	return Info{Version: C.GoString(version), CUDA: cuda, Config: C.GoString(config)}, err
}
