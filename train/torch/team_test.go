//go:build libtorch

package torch

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// together runs fn as every member of a team, each on a thread of its own.
func together(t *testing.T, world int, fn func(th *Thread, m *Team) error) []error {
	t.Helper()
	return togetherBy(t, world, func(int) TeamOptions { return TeamOptions{Timeout: time.Minute} }, fn)
}

func togetherBy(t *testing.T, world int, options func(rank int) TeamOptions, fn func(th *Thread, m *Team) error) []error {
	t.Helper()
	port, errs := freePort(t), make([]error, world)
	var all sync.WaitGroup
	for rank := range world {
		th := start(t)
		all.Go(func() {
			o := options(rank)
			o.Rank, o.World, o.Host, o.Port = rank, world, "127.0.0.1", port
			m, err := th.JoinTeam(context.Background(), o)
			if err == nil {
				err = fn(th, m)
				err = errors.Join(err, m.Leave(th, err == nil))
			}
			errs[rank] = err
		})
	}
	all.Wait()
	return errs
}

func TestTeam(t *testing.T) {
	for rank, err := range together(t, 3, exchanges(t)) {
		if err != nil {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}

// exchanges does each operation of a team of three.
func exchanges(t *testing.T) func(th *Thread, m *Team) error {
	return func(th *Thread, m *Team) error {
		return th.Do(context.Background(), func(s *Scope) error {
			r := float32(m.Rank)
			all := s.Float32s(s.AllGather(m, s.FromFloat32([]float32{r, 10 + r}, 1, 2)))
			for i, want := range []float32{0, 10, 1, 11, 2, 12} {
				if all[i] != want {
					t.Errorf("rank %d gathered %v", m.Rank, all)
				}
			}
			if got := s.Share(m, []float32{r, 7}); !slices.Equal(got, []float32{0, 7, 1, 7, 2, 7}) {
				t.Errorf("rank %d has %v shared", m.Rank, got)
			}
			x := s.FromFloat32([]float32{r, 1, -r}, 3)
			s.AllReduce(m, x)
			if got := s.Float32s(x); got[0] != 3 || got[1] != 3 || got[2] != -3 {
				t.Errorf("rank %d summed %v", m.Rank, got)
			}
			p := s.NewParams([]Param{{Name: "w", Shape: []int{2}, Data: []float32{1, 2}}}, func(string, []int) Group { return Plain })
			defer p.Free(s)
			p.ZeroGrad(s)
			s.Nested(func(s *Scope) { s.Backward(s.MulScalar(s.Sum(p.At("w")), float64(r+1))) })
			p.AllReduceGrad(m)
			if n := s.Item(p.GradNorm(s)); n < 8.485 || n > 8.486 { // of (6, 6)
				t.Errorf("rank %d: the gradients' norm is %v", m.Rank, n)
			}
			return nil
		})
	}
}

// Who is left by the others gets an error, and does not wait for ever.
func TestTeamMemberLeaves(t *testing.T) {
	left := errors.New("left")
	errs := together(t, 2, func(th *Thread, m *Team) error {
		if m.Rank == 1 {
			return left
		}
		return th.Do(context.Background(), func(s *Scope) error {
			s.AllReduce(m, s.Zeros(4))
			return nil
		})
	})
	var e *Error
	if !errors.As(errs[0], &e) || e.Op != "all-reduce" || !e.Team || !errors.Is(errs[1], left) {
		t.Errorf("%v", errs)
	}
}

func TestJoinTeamRefuses(t *testing.T) {
	th := start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o := TeamOptions{World: 2, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Timeout: time.Second}
	if _, err := th.JoinTeam(t.Context(), o); fault.ExitCode(err) != fault.Usage {
		t.Errorf("a taken port: %v", err)
	}
	o.Rank, o.Port = 1, freePort(t)
	if _, err := th.JoinTeam(t.Context(), o); err == nil || !strings.Contains(err.Error(), "start all 2 of them") {
		t.Errorf("nobody there: %v", err)
	}
	o.Rank, o.Port = 0, freePort(t)
	if _, err := th.JoinTeam(t.Context(), o); err == nil || !strings.Contains(err.Error(), "1 of 2 processes came") {
		t.Errorf("the other does not come: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for o.Rank = range 2 {
		o.Port, o.Timeout = freePort(t), time.Hour
		if _, err := th.JoinTeam(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("rank %d, told to end: %v", o.Rank, err)
		}
	}
}
