//go:build libtorch

package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"

	"github.com/pcclip/pcclip/train/torch"
)

// warmUp is the number of steps before a profile begins: in the first ones
// libtorch finds its memory.
const warmUp = 3

// profiler records some steps of one call: libtorch's operations in
// dir/profile.json, for Perfetto and chrome://tracing, and Go's share of the
// processor's time in dir/profile.pprof, for go tool pprof. nil records nothing.
type profiler struct {
	dir   string
	th    *torch.Thread
	steps int
	done  int      // steps of this call
	file  *os.File // while it records
}

// newProfiler gives nil for no steps.
func newProfiler(dir string, th *torch.Thread, steps int) *profiler {
	if steps == 0 {
		return nil
	}
	return &profiler{dir: dir, th: th, steps: steps}
}

// before begins to record when it is time, after a step that waited for nothing.
func (p *profiler) before(ctx context.Context) (err error) {
	if p == nil || p.done != warmUp {
		return nil
	}
	if p.file, err = os.Create(filepath.Join(p.dir, "profile.pprof")); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	if err := pprof.StartCPUProfile(p.file); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	return p.th.Do(ctx, func(s *torch.Scope) error {
		s.StartProfile()
		return nil
	})
}

// after counts a step, and ends the recording after the last one.
func (p *profiler) after(ctx context.Context) error {
	if p == nil {
		return nil
	}
	if p.done++; p.done < warmUp+p.steps {
		return nil
	}
	return p.end(ctx)
}

// end ends the recording where one is under way, also one cut short.
func (p *profiler) end(ctx context.Context) error {
	if p == nil || p.file == nil {
		return nil
	}
	pprof.StopCPUProfile()
	err := p.file.Close()
	p.file = nil
	return errors.Join(err, p.th.Do(ctx, func(s *torch.Scope) error { return s.StopProfile(filepath.Join(p.dir, "profile.json")) }))
}
