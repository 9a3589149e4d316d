//go:build libtorch

package torch

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"os"
	"unsafe"
)

// StartProfile records the operations of the thread, those of its GPU included,
// with their shapes and times, until StopProfile. One recording at a time.
func (s *Scope) StartProfile() {
	must("start profile", C.pc_profile_start(flag(s.thread.cuda)))
}

// StopProfile ends the recording and writes it to path as a trace that Perfetto
// and chrome://tracing read. libtorch itself says nothing of a file that it
// cannot write.
func (s *Scope) StopProfile(path string) error {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	must("stop profile", C.pc_profile_stop(name))
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	return nil
}
