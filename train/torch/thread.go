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
	Index         int    // which GPU, from 0; counted round where there are fewer
	Deterministic bool   // refuse operations whose sums depend on timing; process-wide
	TF32          bool   // round matrix products on a GPU to TF32; process-wide, as the last Start says
}

// Thread is one OS thread that does torch work. It starts locked and stays so:
// grad mode, the number of OpenMP threads and error slots of libtorch belong
// to an OS thread. Several may live in one process; each has its own tensors.
type Thread struct {
	jobs    chan job
	closing chan struct{} // closed by Close
	done    chan struct{} // closed when the OS thread does no more work
	stop    sync.Once
	id      C.uint64_t // of the OS thread
	cuda    bool
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
	t := &Thread{jobs: make(chan job), closing: make(chan struct{}), done: make(chan struct{})}
	go t.serve()
	if err := t.call(context.Background(), func() error { return t.setUp(opts) }); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *Thread) setUp(opts Options) error {
	t.id = C.pc_thread_id()
	if err := failure("set threads", C.pc_set_threads(C.int(opts.Threads))); err != nil {
		return err
	}
	if opts.Deterministic {
		if err := failure("set deterministic", C.pc_set_deterministic(1)); err != nil {
			return err
		}
	}
	// libtorch's own default lets convolutions round.
	if err := failure("set TF32", C.pc_set_tf32(flag(opts.TF32))); err != nil {
		return err
	}
	var err error
	if t.cuda, err = useCUDA(opts.Device); err != nil || !t.cuda {
		return err
	}
	return failure("choose GPU", C.pc_use_gpu(C.int(opts.Index)))
}

func flag(on bool) C.int {
	if on {
		return 1
	}
	return 0
}

// serve does the jobs. At its end what tensors have left in the C library's hands
// goes back to the system: of many trainings in one process glibc keeps gigabytes.
func (t *Thread) serve() {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	defer close(t.done)
	defer C.pc_trim()
	for {
		select {
		case j := <-t.jobs:
			j.run()
		case <-t.closing:
			return
		}
	}
}

// run answers whatever happens: work that ends its goroutine (as a failing
// test does) takes the thread with it, but nobody waits for ever.
func (j job) run() {
	err := fmt.Errorf("torch work ended its goroutine: %w", ErrClosed)
	defer func() { j.done <- err }()
	err = j.fn()
}

// inside says whether the caller is work of this thread.
func (t *Thread) inside() bool { return C.pc_thread_id() == t.id }

// Close ends the thread after the work under way. Tensors that were kept must
// be freed before. It may be called twice.
func (t *Thread) Close() {
	t.stop.Do(func() { close(t.closing) })
	if !t.inside() {
		<-t.done
	}
}

// Device names where tensors live: "cpu" or "cuda".
func (t *Thread) Device() string {
	if t.cuda {
		return "cuda"
	}
	return "cpu"
}

// Do runs fn on the thread and waits for it. Tensors made in the scope are
// freed when fn returns, unless kept. A failing operation ends fn and comes
// back as *Error; another panic comes back with its stack. The context ends
// the wait for earlier work; once fn runs it is fn that must look at it. Do
// inside Do is an error.
func (t *Thread) Do(ctx context.Context, fn func(*Scope) error) error {
	return t.call(ctx, func() error {
		s := &Scope{thread: t}
		defer s.close()
		return fn(s)
	})
}

func (t *Thread) call(ctx context.Context, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.inside() {
		return errors.New("torch work asks its own thread for more work: use the scope it has")
	}
	j := job{fn: func() error { return protect(fn) }, done: make(chan error, 1)}
	select {
	case t.jobs <- j:
		return <-j.done
	case <-t.done:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
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
