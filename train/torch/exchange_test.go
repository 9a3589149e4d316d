//go:build libtorch

package torch

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

// fakeNCCL compiles the stand-in for NCCL.
func fakeNCCL(t *testing.T) string {
	t.Helper()
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	path := filepath.Join(t.TempDir(), "libfakenccl.so")
	if out, err := exec.Command(cc, "-shared", "-fPIC", "-Wall", "-Werror", "-o", path, "testdata/fakenccl.c", "-lpthread").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// by gives every member the same options.
func by(library, exchange string, timeout time.Duration) func(int) TeamOptions {
	return func(int) TeamOptions { return TeamOptions{Exchange: exchange, library: library, Timeout: timeout} }
}

func TestTeamByNCCL(t *testing.T) {
	all := exchanges(t)
	for rank, err := range togetherBy(t, 3, by(fakeNCCL(t), NCCL, time.Minute), func(th *Thread, m *Team) error {
		if m.Exchange != "nccl 2.28.9" || m.WhyGloo != nil {
			t.Errorf("rank %d: %s, %v", m.Rank, m.Exchange, m.WhyGloo)
		}
		return all(th, m)
	}) {
		if err != nil {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}

// Where one process can't, none does; who insists is told why.
func TestTeamWithoutNCCL(t *testing.T) {
	library := fakeNCCL(t)
	for name, tt := range map[string]struct {
		variable, value string
		options         func(rank int) TeamOptions
		why             string // of rank 0
	}{
		"not there":         {"FAKE_NCCL", "", by("/nowhere/libnccl.so.2", AutoExchange, time.Minute), "find NCCL"},
		"not NCCL":          {"FAKE_NCCL", "", by("libc.so.6", AutoExchange, time.Minute), "NCCL lacks ncclGetVersion"},
		"no id":             {"FAKE_NCCL_NO_ID", "1", by(library, AutoExchange, time.Minute), "NCCL cannot make an id: unhandled system error"},
		"the first refuses": {"FAKE_NCCL_REFUSES", "0", by(library, AutoExchange, time.Minute), "NCCL cannot join: invalid argument"},
		"another refuses":   {"FAKE_NCCL_REFUSES", "2", by(library, AutoExchange, time.Minute), errNoNCCL.Error()},
		"another without": {"FAKE_NCCL", "", func(rank int) TeamOptions {
			return by([]string{library, library, ""}[rank], AutoExchange, time.Minute)(rank)
		}, errNoNCCL.Error()},
		"another by Gloo": {"FAKE_NCCL", "", func(rank int) TeamOptions {
			return by(library, []string{AutoExchange, AutoExchange, Gloo}[rank], time.Minute)(rank)
		}, errNoNCCL.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(tt.variable, tt.value)
			all := exchanges(t)
			if err := errors.Join(togetherBy(t, 3, tt.options, func(th *Thread, m *Team) error {
				if m.Exchange != Gloo || m.Rank == 0 && (m.WhyGloo == nil || !strings.Contains(m.WhyGloo.Error(), tt.why)) {
					t.Errorf("rank %d: %s, %v", m.Rank, m.Exchange, m.WhyGloo)
				}
				return all(th, m)
			})...); err != nil {
				t.Error(err)
			}
			errs := togetherBy(t, 3, func(rank int) TeamOptions {
				o := tt.options(rank)
				if rank == 0 {
					o.Exchange = NCCL
				}
				return o
			}, all)
			if fault.ExitCode(errs[0]) != fault.Usage || !strings.Contains(errs[0].Error(), tt.why) || errs[1] == nil || errs[2] == nil {
				t.Errorf("rank 0 insists: %v", errs)
			}
		})
	}
}

// Nobody waits for ever for who has left, or does something else.
func TestNCCLMemberIsMissing(t *testing.T) {
	library, left := fakeNCCL(t), errors.New("left")
	for name, tt := range map[string]struct {
		other      func(done chan struct{}) error
		want, next string
	}{
		"left":  {func(chan struct{}) error { return left }, "remote process exited", ""},
		"hangs": {func(done chan struct{}) error { <-done; return left }, "have not joined an operation within 5 s", "have not joined"},
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan struct{})
			errs := togetherBy(t, 2, by(library, NCCL, 5*time.Second), func(th *Thread, m *Team) error {
				if m.Rank == 1 {
					return tt.other(done)
				}
				defer close(done)
				reduce := func(s *Scope) error { s.AllReduce(m, s.Zeros(4)); return nil }
				first := th.Do(context.Background(), reduce)
				var e *Error
				if err := th.Do(context.Background(), func(s *Scope) error { s.Share(m, []float32{1}); return nil }); !errors.As(err, &e) || !e.Team || !strings.Contains(err.Error(), tt.next) {
					t.Errorf("the next one: %v", err)
				}
				return first
			})
			var e *Error
			if !errors.As(errs[0], &e) || e.Op != "all-reduce" || !e.Team || !strings.Contains(e.Message, tt.want) || !errors.Is(errs[1], left) {
				t.Errorf("%v", errs)
			}
		})
	}
}
