//go:build libtorch

package clip

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/train/clip/safetensors"
	"github.com/pcclip/pcclip/train/torch"
)

// Features, loss and gradients of both towers against open_clip
// (testdata/make_parity.py).
func TestTowersEqualOpenCLIP(t *testing.T) {
	for _, name := range []string{"gelu", "quickgelu"} {
		t.Run(name, func(t *testing.T) { compareWithOpenCLIP(t, filepath.Join("testdata", "parity", name)) })
	}
}

func compareWithOpenCLIP(t *testing.T, folder string) {
	th, m := load(t, folder)
	want, err := safetensors.Open(filepath.Join(folder, "expected.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	if err := m.SetTrainable(context.Background(), func(string, []int) torch.Group { return torch.Plain }); err != nil {
		t.Fatal(err)
	}
	err = th.Do(context.Background(), func(s *torch.Scope) error {
		texts := m.EncodeTexts(s, fixtureTexts(t, want))
		images := m.EncodeImage(s, s.FromFloat32(numbers(t, want, "images"), 8, 3, 32, 32))
		near(t, "texts", s.Float32s(texts), numbers(t, want, "texts"), 1e-5)
		near(t, "images", s.Float32s(images), numbers(t, want, "image_features"), 1e-5)

		logits := s.Mul(s.MatMul(s.Normalize(texts), s.Transpose(s.Normalize(images), 0, 1)), s.Exp(m.LogitScale()))
		target := s.Arange(8)
		loss := s.MulScalar(s.Add(s.CrossEntropy(logits, target), s.CrossEntropy(s.Transpose(logits, 0, 1), target)), .5)
		near(t, "loss", s.Float32s(loss), numbers(t, want, "loss"), 1e-5)
		s.Backward(loss)
		for _, n := range m.Params().Trained() {
			near(t, "gradient of "+n, m.Params().Grad(s, n).Data, numbers(t, want, "grad."+n), 5e-5)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A batch large enough to be cut into parts gives what each text gives alone.
func TestCuttingBatchesIsExact(t *testing.T) {
	th, m := load(t, filepath.Join("testdata", "parity", "gelu"))
	var texts [][]int32
	for i := range 167 {
		ids := []int32{298}
		for k := range (i * 7) % 17 {
			ids = append(ids, int32(1+(i*31+k*17)%290))
		}
		texts = append(texts, append(ids, 299))
	}
	err := th.Do(context.Background(), func(s *torch.Scope) error {
		if n := m.Chunks(texts); n < 3 {
			t.Errorf("%d chunks", n)
		}
		together := s.Float32s(m.EncodeTexts(s, texts))
		dim := m.Config().EmbedDim
		for i, text := range texts {
			near(t, "text", together[i*dim:(i+1)*dim], s.Float32s(m.EncodeTexts(s, [][]int32{text})), 1e-5)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, folder string) (*torch.Thread, *Model) {
	t.Helper()
	th, err := torch.Start(torch.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(context.Background(), th, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(); th.Close() })
	return th, m
}

func fixtureTexts(t *testing.T, f *safetensors.File) [][]int32 {
	t.Helper()
	ids, err := f.ReadInt64("ids")
	if err != nil {
		t.Fatal(err)
	}
	lengths, err := f.ReadInt64("lengths")
	if err != nil {
		t.Fatal(err)
	}
	var texts [][]int32
	for i, n := range lengths {
		var text []int32
		for _, id := range ids[i*20 : i*20+int(n)] {
			text = append(text, int32(id))
		}
		texts = append(texts, text)
	}
	return texts
}

func numbers(t *testing.T, f *safetensors.File, name string) []float32 {
	t.Helper()
	data, err := f.ReadFloat32(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	worst := 0.0
	for i := range got {
		worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
	}
	if worst > tolerance || math.IsNaN(worst) {
		t.Errorf("%s: off by %g, more than %g", strings.TrimSpace(what), worst, tolerance)
	}
}
