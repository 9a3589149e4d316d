//go:build libtorch

package torch

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

// run is Do with a background context.
func run(th *Thread, fn func(s *Scope)) error {
	return th.Do(context.Background(), func(s *Scope) error { fn(s); return nil })
}

func TestFreedTensorIsAnError(t *testing.T) {
	th := start(t)
	var leaked *Tensor
	var scope *Scope
	do(t, th, func(s *Scope) { leaked, scope = s.Zeros(2), s })
	err := run(th, func(s *Scope) { s.Exp(leaked) })
	if err == nil || !strings.Contains(err.Error(), "freed tensor") {
		t.Errorf("a tensor of a finished scope: %v", err)
	}
	err = run(th, func(s *Scope) { s.Nested(func(in *Scope) { leaked = in.Zeros(2) }); s.Exp(leaked) })
	if err == nil || !strings.Contains(err.Error(), "freed tensor") {
		t.Errorf("a tensor of a nested scope: %v", err)
	}
	err = run(th, func(*Scope) { scope.Zeros(2) })
	if err == nil || !strings.Contains(err.Error(), "finished scope") {
		t.Errorf("a finished scope: %v", err)
	}
}

func TestKeptTensorOutlivesItsScope(t *testing.T) {
	th := start(t)
	var kept *Tensor
	do(t, th, func(s *Scope) {
		s.Nested(func(in *Scope) {
			kept = in.FromFloat32([]float32{1, 2}, 2)
			in.Keep(kept)
		})
	})
	do(t, th, func(s *Scope) {
		if got := s.Float32s(kept); !slices.Equal(got, []float32{1, 2}) {
			t.Errorf("got %v", got)
		}
		s.Free(kept)
		s.Free(kept) // a second time does nothing
	})
	if err := run(th, func(s *Scope) { s.Exp(kept) }); err == nil {
		t.Error("a freed tensor was used")
	}
}

func TestFailuresComeBackAndTheThreadGoesOn(t *testing.T) {
	th := start(t)
	bad := errors.New("bad")
	for name, c := range map[string]struct {
		fn   func(s *Scope) error
		want string
	}{
		"own error":    {func(*Scope) error { return bad }, "bad"},
		"wrong count":  {func(s *Scope) error { s.FromFloat32([]float32{1}, 2); return nil }, "1 numbers do not fill shape [2]"},
		"index":        {func(s *Scope) error { s.Embedding(s.Zeros(2, 2), s.FromInt64([]int64{9}, 1)); return nil }, "index"},
		"no tensors":   {func(s *Scope) error { s.Cat(0); return nil }, "no tensors"},
		"not a scalar": {func(s *Scope) error { s.Item(s.Zeros(2)); return nil }, "item"},
		"no gradient":  {func(s *Scope) error { s.Backward(s.Sum(s.Zeros(2))); return nil }, "backward"},
		"panic":        {func(*Scope) error { panic("surprise") }, "surprise"},
		"inside":       {func(*Scope) error { return run(th, func(*Scope) {}) }, "its own thread"},
	} {
		err := th.Do(context.Background(), c.fn)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	do(t, th, func(s *Scope) {
		if got := s.Item(s.Sum(s.FromFloat32([]float32{1, 2}, 2))); got != 3 {
			t.Errorf("afterwards 1+2 = %v", got)
		}
	})
}

// Work that ends its goroutine must not leave its caller waiting.
func TestGoexitIsAnError(t *testing.T) {
	th, err := Start(Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := run(th, func(*Scope) { runtime.Goexit() }); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	th.Close()
}

func TestCloseWhileOthersWork(t *testing.T) {
	th, err := Start(Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				if err := run(th, func(s *Scope) { s.Zeros(2) }); err != nil {
					if !errors.Is(err, ErrClosed) {
						t.Errorf("got %v", err)
					}
					return
				}
			}
		})
	}
	time.Sleep(time.Millisecond)
	th.Close()
	th.Close()
	wg.Wait()
	if err := run(th, func(*Scope) {}); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestContextEndsTheWait(t *testing.T) {
	th := start(t)
	ctx, cancel := context.WithCancel(context.Background())
	do(t, th, func(*Scope) {
		other := make(chan error)
		go func() { other <- th.Do(ctx, func(*Scope) error { return nil }) }()
		cancel()
		if err := <-other; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// Errors, grad mode and tensors must not depend on which goroutine asks.
func TestManyGoroutines(t *testing.T) {
	th := start(t)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for k := range 20 {
				runtime.Gosched()
				if i%2 == 0 {
					err := run(th, func(s *Scope) { s.MatMul(s.Zeros(2, 3), s.Zeros(i+4, 3)) })
					if want := fmt.Sprintf("%dx3", i+4); err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("no error about %s: %v", want, err)
					}
					continue
				}
				err := run(th, func(s *Scope) {
					s.NoGrad(func() {})
					p := s.NewParams([]Param{{Name: "x", Data: []float32{float32(i)}}}, func(string, []int) Group { return Plain })
					defer p.Free(s)
					s.Backward(s.MulScalar(p.At("x"), float64(k)))
					if g := p.Grad(s, "x").Data[0]; g != float32(k) {
						t.Errorf("gradient %v, want %d", g, k)
					}
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestNoGradIsRestored(t *testing.T) {
	th := start(t)
	one := func(s *Scope) *Params {
		return s.NewParams([]Param{{Name: "x", Data: []float32{1}}}, func(string, []int) Group { return Plain })
	}
	err := run(th, func(s *Scope) { s.NoGrad(func() { s.NoGrad(func() {}); panic("leaves") }) })
	if err == nil {
		t.Fatal("no error")
	}
	do(t, th, func(s *Scope) {
		p := one(s)
		defer p.Free(s)
		s.Backward(s.Exp(p.At("x"))) // fails when grad mode has stayed off
	})
	err = run(th, func(s *Scope) {
		p := one(s)
		defer p.Free(s)
		s.NoGrad(func() {
			s.NoGrad(func() {})
			s.Backward(s.Exp(p.At("x")))
		})
	})
	if err == nil {
		t.Error("the inner NoGrad turned recording on")
	}
}

// Seeds train side by side: what a thread computes does not depend on others,
// and neither does its number of cores.
func TestThreadsDoNotDisturbEachOther(t *testing.T) {
	alone := trainRandom(t, start(t))
	threads := []*Thread{start(t), start(t), start(t)}
	two, err := Start(Options{Threads: 2}) // a later Start with another number
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	got := make([][]float32, len(threads))
	var wg sync.WaitGroup
	for i, th := range threads {
		wg.Go(func() { got[i] = trainRandom(t, th) })
	}
	wg.Wait()
	for i := range got {
		if !slices.Equal(alone, got[i]) {
			t.Errorf("thread %d differs from the same work alone", i)
		}
		if n := cores(t, threads[i]); n != 1 {
			t.Errorf("thread %d computes on %d cores, want 1", i, n)
		}
	}
	if n := cores(t, two); n != 2 {
		t.Errorf("the thread for two computes on %d cores", n)
	}
}

func cores(t *testing.T, th *Thread) (n int) {
	t.Helper()
	do(t, th, func(s *Scope) { n = s.Cores() })
	return n
}

func TestStartRefuses(t *testing.T) {
	for _, o := range []Options{{}, {Threads: -1}, {Threads: 1, Device: "tpu"}} {
		th, err := Start(o)
		var f *fault.Error
		if !errors.As(err, &f) {
			t.Errorf("%+v: %v", o, err)
		}
		if th != nil {
			th.Close()
		}
	}
}

// auto must work everywhere; cuda only where Describe says so.
func TestDevices(t *testing.T) {
	info, err := Describe()
	if err != nil {
		t.Fatal(err)
	}
	if info.Version == "" || info.Config == "" || info.Build == "" {
		t.Errorf("libtorch says nothing about itself: %+v", info)
	}
	auto, err := Start(Options{Threads: 1, Device: "auto"})
	if err != nil {
		t.Fatal(err)
	}
	defer auto.Close()
	if want := map[bool]string{true: "cuda", false: "cpu"}[info.CUDA]; auto.Device() != want {
		t.Errorf("auto is %s, want %s", auto.Device(), want)
	}
	do(t, auto, func(s *Scope) {
		if got := s.Item(s.Sum(s.FromFloat32([]float32{1, 2}, 2))); got != 3 {
			t.Errorf("1+2 = %v", got)
		}
		if peak := s.PeakMemory(); !info.CUDA && peak != 0 {
			t.Errorf("peak memory %d", peak)
		}
	})
	cuda, err := Start(Options{Threads: 1, Device: "cuda"})
	if (err == nil) != info.CUDA {
		t.Errorf("cuda: %v", err)
	}
	if err == nil {
		cuda.Close()
	}
}
