//go:build libtorch

package train

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/train/loss"
)

// residentAt notes the process's memory after some steps.
type residentAt struct {
	NoProgress
	t     *testing.T
	steps int64
	bytes map[int64]int
}

func (r *residentAt) Add(n int64) {
	if r.steps += n; r.steps%200 != 0 {
		return
	}
	runtime.GC()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		r.t.Skip("no /proc/self/statm")
	}
	pages, err := strconv.Atoi(strings.Fields(string(b))[1])
	if err != nil {
		r.t.Fatal(err)
	}
	r.bytes[r.steps] = pages * os.Getpagesize()
}

// A training with everything switched on is as large after 1,000 steps as after
// 200.
func TestMemoryStaysFlatOverATraining(t *testing.T) {
	j := job(t)
	o := &j.Options
	o.Steps, o.LogEvery, o.CheckpointEvery, o.Trainable = 1000, 50, 0, "blocks"
	o.EMA, o.L2Start, o.Clip, o.MicroBatch, o.Masks, o.Learning = .9, .01, 1, 9, []loss.Mask{loss.Images}, loss.Learned
	seen := residentAt{t: t, bytes: map[int64]int{}}
	if _, err := Finetune(context.Background(), j, &seen); err != nil {
		t.Fatal(err)
	}
	if grown := seen.bytes[1000] - seen.bytes[200]; grown > 4<<20 {
		t.Errorf("grew by %d kB in 800 steps: %v", grown>>10, seen.bytes)
	}
}
