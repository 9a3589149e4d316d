//go:build libtorch

package clip

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/train/clip/safetensors"
	"github.com/pcclip/pcclip/train/torch"
)

// ViT-B-32 and ViT-L-14 with weights at random, both activations, against
// open_clip itself, which $PCCLIP_PYTHON must have: unit features within 1e-5,
// gradients of all text blocks within 1e-4 of their largest number.
func TestRealShapesEqualOpenCLIP(t *testing.T) {
	python := os.Getenv("PCCLIP_PYTHON")
	if python == "" || exec.Command(python, "-c", "import torch, open_clip, safetensors").Run() != nil {
		t.Skip("$PCCLIP_PYTHON names no Python with torch, open_clip and safetensors")
	}
	for _, shape := range []string{"ViT-B-32", "ViT-L-14"} {
		for name, quick := range map[string]bool{"gelu": false, "quickgelu": true} {
			t.Run(shape+"/"+name, func(t *testing.T) {
				config, err := ReadConfig(filepath.Join("testdata", "openclip-"+shape+".json"))
				if err != nil {
					t.Fatal(err)
				}
				config.QuickGELU = quick
				folder := t.TempDir()
				if err := Save(folder, config, Init(config, 5)); err != nil {
					t.Fatal(err)
				}
				if out, err := exec.Command(python, filepath.Join("testdata", "real_shapes.py"), folder).CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				compareRealShape(t, folder)
			})
		}
	}
}

func compareRealShape(t *testing.T, folder string) {
	th, m := load(t, folder)
	want, err := safetensors.Open(filepath.Join(folder, "expected.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	err = m.SetTrainable(context.Background(), func(name string, _ []int) torch.Group {
		if strings.HasPrefix(name, "transformer.") {
			return torch.Plain
		}
		return torch.Frozen
	})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := want.ReadInt64("ids")
	if err != nil {
		t.Fatal(err)
	}
	var texts [][]int32
	for row := range len(ids) / 77 {
		var text []int32
		for _, id := range ids[row*77 : (row+1)*77] {
			if text = append(text, int32(id)); id == 49407 {
				break
			}
		}
		texts = append(texts, text)
	}
	err = th.Do(context.Background(), func(s *torch.Scope) error {
		n, side := len(texts), m.Config().Vision.ImageSize
		var images *torch.Tensor
		s.NoGrad(func() {
			images = s.Normalize(m.EncodeImage(s, s.FromFloat32(numbers(t, want, "images"), n, 3, side, side)))
		})
		units := s.Normalize(m.EncodeTexts(s, texts))
		near(t, "texts", s.Float32s(units), numbers(t, want, "texts"), 1e-5)
		near(t, "images", s.Float32s(images), numbers(t, want, "image_features"), 1e-5)
		logits := s.MulScalar(s.MatMul(units, s.Transpose(images, 0, 1)), 10)
		target := s.Arange(n)
		loss := s.MulScalar(s.Add(s.CrossEntropy(logits, target), s.CrossEntropy(s.Transpose(logits, 0, 1), target)), .5)
		near(t, "loss", s.Float32s(loss), numbers(t, want, "loss"), 1e-5)
		s.Backward(loss)
		worst := 0.0
		for _, name := range m.Params().Trained() {
			off, size := 0.0, 0.0
			got, right := m.Params().Grad(s, name).Data, numbers(t, want, "grad."+name)
			for i := range right {
				off, size = max(off, math.Abs(float64(got[i]-right[i]))), max(size, math.Abs(float64(right[i])))
			}
			if worst = max(worst, off/size); off > 1e-4*size {
				t.Errorf("gradient of %s: off by %g of %g", name, off, size)
			}
		}
		t.Logf("%d gradients, off by at most %.1e of their largest number", len(m.Params().Trained()), worst)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
