//go:build libtorch

package torch

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/sugarme/gotch/libtch"
)

// Error is a failed operation of libtorch. Operations panic with it; Do gives
// it back as an error.
type Error struct {
	Op      string // the operation
	Message string // libtorch's own words, first line
	Team    bool   // it needs the other processes of a team, and has not had them
}

// Error gives "op: message".
func (e *Error) Error() string { return fmt.Sprintf("torch %s: %s", e.Op, e.Message) }

// failure takes the message of a shim function, nil for success.
func failure(op string, message *C.char) error {
	if message == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(message))
	return newError(op, C.GoString(message))
}

func newError(op, message string) *Error {
	first, _, _ := strings.Cut(strings.TrimSpace(message), "\n")
	return &Error{Op: op, Message: first}
}

// must panics with the error of a shim function.
func must(op string, message *C.char) {
	if err := failure(op, message); err != nil {
		panic(err)
	}
}

// check panics with what gotch's last operation on this OS thread left behind.
func check(op string) {
	message := (*C.char)(unsafe.Pointer(libtch.GetAndResetLastErr()))
	must(op, message)
}
