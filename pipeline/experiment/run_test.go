//go:build libtorch

package experiment

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/shards/fault"
)

// tiny is an experiment of seconds: what it finds means nothing.
func tiny(dir string) (Plan, Options) {
	o := DefaultOptions(dir, "")
	o.Splits = []world.Split{{Name: "pretrain", Count: 64}, {Name: "diff", Count: 40}, {Name: "val", Count: 80}, {Name: "test", Count: 200}, {Name: "held", Count: 20, Held: true}}
	o.TaskPairs = 10
	o.Pretrain.Steps, o.Pretrain.Batch, o.Pretrain.Warmup = 2, 16, 1
	p := Plan{
		Name: "tiny", Seeds: []int64{3}, Means: []string{"size", "colour", "list", "free"}, Pairs: 2,
		Data: []Data{{Name: "both", Pairs: 100}},
		Models: []Model{
			{Name: "m", Options: map[string]any{"steps": 3, "batch": 16, "anchor_batch": 8}, Average: []float64{.5}},
			{Name: "shuffled", Options: map[string]any{"steps": 3, "batch": 16, "anchor_batch": 8, "control": "shuffled"}},
		},
	}
	return p, o
}

func readResult(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "experiment.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// An experiment that was stopped again and again finds what an uninterrupted
// one finds, and a second call does nothing anew.
func TestRunResumes(t *testing.T) {
	dir := t.TempDir()
	p, o := tiny(filepath.Join(dir, "whole"))
	r, err := Run(t.Context(), p, o, progress.Silent())
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := r.Get("difference/mean/first/sign", "m-a0.5"); !ok || len(v.Values) != 1 || v.Interval == nil {
		t.Errorf("%+v", v)
	}
	whole := readResult(t, o.Dir)
	score := filepath.Join(o.Dir, "seed-3", "scores", "m.json")
	before, err := os.Stat(score)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), p, o, progress.Silent()); err != nil || readResult(t, o.Dir) != whole {
		t.Errorf("a second call: %v", err)
	}
	if after, err := os.Stat(score); err != nil || after.ModTime() != before.ModTime() {
		t.Errorf("scored anew: %v", err)
	}
	p, o = tiny(filepath.Join(dir, "stopped"))
	for try := 1; ; try++ {
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(500*time.Millisecond<<(2*try), cancel)
		_, err := Run(ctx, p, o, progress.Silent())
		timer.Stop()
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) && fault.ExitCode(err) != fault.Interrupted || try > 12 {
			t.Fatalf("try %d: %v", try, err)
		}
	}
	if got := readResult(t, o.Dir); got != whole {
		t.Error("an interrupted experiment finds otherwise")
	}
}

func TestRunRefusesUnknownMeasures(t *testing.T) {
	p, o := tiny(t.TempDir())
	p.Models = p.Models[1:]
	p.Claims = []Claim{{Text: "x", Model: "shuffled", Measure: "difference/what/first/sign", AtLeast: bound(0)}}
	if _, err := Run(t.Context(), p, o, progress.Silent()); err == nil || !strings.Contains(err.Error(), "difference/what/first/sign") {
		t.Error(err)
	}
}
