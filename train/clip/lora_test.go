//go:build libtorch

package clip

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/train/clip/safetensors"
	"github.com/pcclip/pcclip/train/torch"
)

// isAdapter trains adapters and nothing else.
func isAdapter(name string, _ []int) torch.Group {
	if strings.Contains(name, ".lora_") {
		return torch.Plain
	}
	return torch.Frozen
}

// Features, gradients and merged weights of adapters against open_clip
// (testdata/make_lora.py).
func TestAdaptersEqualPyTorch(t *testing.T) {
	th, m := load(t, gelu())
	want := openExpected(t, "lora")
	adapters := Adapters(m.Config(), 3, 1)
	for i, a := range adapters {
		adapters[i].Data = numbers(t, want, a.Name)
	}
	if err := m.SetTrainable(context.Background(), isAdapter, adapters...); err != nil {
		t.Fatal(err)
	}
	err := th.Do(context.Background(), func(s *torch.Scope) error {
		out := m.EncodeTexts(s, fixtureTexts(t, openExpected(t, "gelu")))
		near(t, "texts", s.Float32s(out), numbers(t, want, "texts"), 1e-5)
		s.Backward(s.Sum(s.Mul(out, s.FromFloat32(numbers(t, want, "pull"), s.Shape(out)...))))
		for _, a := range adapters {
			near(t, "gradient of "+a.Name, m.Params().Grad(s, a.Name).Data, numbers(t, want, "grad."+a.Name), 1e-4)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	weights, err := m.Weights(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, w := range weights {
		if _, ok := want.Info("merged." + w.Name); ok {
			near(t, w.Name, w.Data, numbers(t, want, "merged."+w.Name), 1e-6)
			seen++
		}
	}
	if seen != 4 || !m.Adapted() {
		t.Errorf("%d merged weights, adapted %v", seen, m.Adapted())
	}
}

// Saved and loaded, a model with adapters gives what it gave, without them.
func TestAdaptersAreSavedMerged(t *testing.T) {
	th, m := load(t, gelu())
	want := openExpected(t, "lora")
	adapters := Adapters(m.Config(), 3, 1)
	for i, a := range adapters {
		adapters[i].Data = numbers(t, want, a.Name)
	}
	if err := m.SetTrainable(context.Background(), isAdapter, adapters...); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "merged")
	if err := m.Save(context.Background(), folder); err != nil {
		t.Fatal(err)
	}
	again, err := Load(context.Background(), th, folder)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.Adapted() {
		t.Error("adapters were saved")
	}
	err = th.Do(context.Background(), func(s *torch.Scope) error {
		texts := fixtureTexts(t, openExpected(t, "gelu"))
		near(t, "texts", s.Float32s(again.EncodeTexts(s, texts)), s.Float32s(m.EncodeTexts(s, texts)), 1e-5)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// At the start adapters change nothing.
func TestNewAdaptersChangeNothing(t *testing.T) {
	_, m := load(t, gelu())
	before, err := m.Digest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetTrainable(context.Background(), isAdapter, Adapters(m.Config(), 4, 9)...); err != nil {
		t.Fatal(err)
	}
	if after, err := m.Digest(context.Background()); err != nil || after != before {
		t.Errorf("other weights: %v", err)
	}
}

func openExpected(t *testing.T, name string) *safetensors.File {
	t.Helper()
	f, err := safetensors.Open(filepath.Join("testdata", "parity", name, "expected.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
