package fault

import (
	"errors"
	"syscall"
)

// NoSpace says that err comes from a full disk or a used-up quota.
func NoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// Paused turns the error of a full disk into one that tells how to go on: for
// work that keeps what it has done. Any other error stays as it is.
func Paused(op, where string, err error) error {
	if !NoSpace(err) {
		return err
	}
	return &Error{Op: op, Where: where, Err: err, Hint: "free some space and run the same command again: it goes on from here", Code: Failed}
}
