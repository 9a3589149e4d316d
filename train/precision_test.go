//go:build libtorch

package train

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// In bfloat16 the losses are near those of float32 and not the same; weights
// stay float32, and learn.
func TestPrecisionBFloat16(t *testing.T) {
	ran := map[Precision][2]Metric{}
	for _, p := range []Precision{FP32, TF32, BF16} {
		j := job(t)
		j.Options.Precision, j.Options.Steps = p, 60
		finetune(t, j)
		first, last := ends(t, j.Dir)
		ran[p] = [2]Metric{first, last}
	}
	for i := range 2 {
		full, half := ran[FP32][i].Loss, ran[BF16][i].Loss
		if half == full || math.Abs(half-full) > .02*full {
			t.Errorf("loss %v in float32, %v in bfloat16", full, half)
		}
		if ran[TF32][i].Loss != full {
			t.Errorf("a CPU has no TF32, and yet the loss is %v, not %v", ran[TF32][i].Loss, full)
		}
	}
	if ran[BF16][1].Cosine < ran[BF16][0].Cosine+.1 {
		t.Errorf("from %+v to %+v: nothing was learned", ran[BF16][0], ran[BF16][1])
	}
}

// Captions that are mixed in are learned too.
func TestCaptionsMixedIn(t *testing.T) {
	last := map[float64]Metric{}
	for _, weight := range []float64{1e-9, 1} {
		j := job(t)
		j.Options.Steps, j.Options.Anchor, j.Options.CaptionLoss, j.Options.AnchorBatch = 60, 0, weight, 12
		finetune(t, j)
		_, last[weight] = ends(t, j.Dir)
	}
	if with, without := last[1].Captions, last[1e-9].Captions*1e9; with > .7*without {
		t.Errorf("the captions' loss is %v, without learning them %v", with, without)
	}
}

// A clock that has run out asks for a checkpoint after every step.
func TestCheckpointsByTime(t *testing.T) {
	j := job(t)
	j.Options.Steps, j.Options.CheckpointEvery, j.Options.CheckpointMinutes = 4, 0, 1e-9
	if _, err := Finetune(context.Background(), j, NoProgress{}); err != nil {
		t.Fatal(err)
	}
	for step := 1; step <= 4; step++ {
		if _, err := os.Stat(filepath.Join(j.Dir, stepFolder(step))); err != nil {
			t.Error(err)
		}
	}
}
