// Package fault carries what a user must see of an error: what failed, where,
// which value, and what to do next. It decides the exit code of a command and
// prints nothing itself.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Exit codes of every command.
const (
	Failed      = 1   // something broke that no other code names
	Usage       = 2   // wrong flag, configuration or input; nothing was written
	Incomplete  = 3   // finished or paused with rows missing; the same command goes on
	Interrupted = 130 // stopped by a signal; the same command goes on
)

// Error is one line for the user. Zero fields are left out of the line.
type Error struct {
	Op    string // what was being done, a short verb phrase: "read captions"
	Where string // file, folder, URL or id
	Value string // the offending value
	Err   error  // the cause
	Hint  string // what to do next
	Code  int    // exit code; zero means Failed
}

// Error gives "op where: value: cause; hint" on one line.
func (e *Error) Error() string {
	head := strings.TrimSpace(e.Op + " " + e.Where)
	parts := []string{}
	for _, p := range []string{head, e.Value} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	line := strings.Join(parts, ": ")
	if e.Hint != "" {
		line += "; " + e.Hint
	}
	return strings.ReplaceAll(line, "\n", " ")
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Input makes the error of bad input: exit code 2.
func Input(op, where, hint string, format string, args ...any) *Error {
	return &Error{Op: op, Where: where, Err: fmt.Errorf(format, args...), Hint: hint, Code: Usage}
}

// ExitCode gives the exit code that err asks for: that of the outermost Error
// in its chain, 0 for nil, Failed for any other error.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Code != 0 {
		return e.Code
	}
	return Failed
}
