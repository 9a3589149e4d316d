package train

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pcclip/pcclip/train/clip"
)

// A full text through ViT-L-14's text tower costs what open_clip's profile says,
// 13.30 GFLOP forward, and training three times that.
func TestStepFLOPs(t *testing.T) {
	c := clip.Config{EmbedDim: 768, Text: clip.Text{Context: 77, Width: 768, Heads: 12, Layers: 12, MLPRatio: 4}}
	texts := [][]int32{make([]int32, 77), make([]int32, 77)}
	for name, want := range map[string]float64{"blocks": 3, "text": 3, "lora:8": 2, "last:12": 3, "last:6": 2} {
		set, ok := parseTrainable(name)
		if got := stepFLOPs(c, set, texts) / 2 / 13.30e9; !ok || math.Abs(got/want-1) > .02 {
			t.Errorf("%s: %.3f forwards, not %v", name, got, want)
		}
	}
}

func TestPeakOfKnownGPUs(t *testing.T) {
	root := t.TempDir()
	if name := gpuName(root); name != "" {
		t.Errorf("a GPU %q where there is none", name)
	}
	folder := filepath.Join(root, "driver", "nvidia", "gpus", "0000:01:00.0")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "information"), []byte("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := peakFLOPs(gpuName(root), BF16); got != 989.4e12 {
		t.Errorf("%q: %g", gpuName(root), got)
	}
	if got := peakFLOPs("NVIDIA A100-SXM4-80GB", TF32); got != 156e12 {
		t.Errorf("A100: %g", got)
	}
	if got := peakFLOPs("Voodoo 2", BF16); got != 0 {
		t.Errorf("an unknown device has %g", got)
	}
}

// The share of the peak is what the steps needed over what the device could.
func TestMFU(t *testing.T) {
	m := newMeter()
	m.peak, m.since = 1e12, time.Now().Add(-time.Second)
	m.work(5e9)
	if s := m.speed(1); s.MFU > .005 || s.MFU < .001 {
		t.Errorf("MFU %v", s.MFU)
	}
	m.peak = 0
	m.work(5e9)
	if s := m.speed(1); s.MFU != 0 {
		t.Errorf("MFU %v of an unknown device", s.MFU)
	}
}
