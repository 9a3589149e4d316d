//go:build libtorch

package torch

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/pcclip/pcclip/shards/fault"
)

// ErrClosed says that a Thread has been closed.
var ErrClosed = errors.New("torch thread is closed")

// Options of a Thread.
type Options struct {
	Threads       int    // CPU threads inside an operation, at least 1
	Device        string // "auto", "cpu" or "cuda"; "" means "cpu"
	Deterministic bool   // refuse operations whose sums depend on timing; process-wide
}

// Thread is one OS thread that does torch work. It starts locked and stays so:
// grad mode, the number of OpenMP threads and error slots of libtorch belong
// to an OS thread. Several may live in one process; each has its own tensors.
type Thread struct {
	jobs chan job
	cuda bool
	stop sync.Once
	done chan struct{}
}

type job struct {
	fn   func() error
	done chan error
}

// Start starts a thread.
func Start(opts Options) (*Thread, error) {
	if opts.Threads < 1 {
		return nil, fault.Input("start torch", "--threads", "give 1 or more", "%d is out of range", opts.Threads)
	}
	t := &Thread{jobs: make(chan job), done: make(chan struct{})}
	go t.serve()
	if err := t.call(context.Background(), func() error { return t.setUp(opts) }); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *Thread) setUp(opts Options) error {
	if err := failure("set threads", C.pc_set_threads(C.int(opts.Threads))); err != nil {
		return err
	}
	if opts.Deterministic {
		if err := failure("set deterministic", C.pc_set_deterministic(1)); err != nil {
			return err
		}
	}
	var err error
	t.cuda, err = useCUDA(opts.Device)
	return err
}

func (t *Thread) serve() {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	defer close(t.done)
	for j := range t.jobs {
		j.done <- j.fn()
	}
}

// Close ends the thread after the work under way. Tensors that were kept must
// be freed before.
func (t *Thread) Close() {
	t.stop.Do(func() { close(t.jobs) })
	<-t.done
}

// Do runs fn on the thread and waits for it. Tensors made in the scope are
// freed when fn returns, unless kept. A failing operation ends fn and comes
// back as *Error; another panic comes back with its stack. The context is
// looked at before fn starts, not while it runs.
func (t *Thread) Do(ctx context.Context, fn func(*Scope) error) error {
	return t.call(ctx, func() (err error) {
		s := &Scope{thread: t}
		defer s.close()
		return fn(s)
	})
}

func (t *Thread) call(ctx context.Context, fn func() error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer func() {
		if recover() != nil { // send on a closed channel
			err = ErrClosed
		}
	}()
	j := job{fn: func() error { return protect(fn) }, done: make(chan error, 1)}
	t.jobs <- j
	return <-j.done
}

// protect turns panics into errors.
func protect(fn func() error) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			err = r
		default:
			err = fmt.Errorf("torch work panicked: %v\n%s", r, debug.Stack())
		}
	}()
	return fn()
}
