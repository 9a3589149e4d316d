//go:build libtorch

package clip

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/pcclip/pcclip/train/clip/safetensors"
	"github.com/pcclip/pcclip/train/torch"
)

// A folder in Hugging Face's layout gives the features that transformers gives
// (testdata/make_hf_parity.py), however its padding looks.
func TestTowersEqualTransformers(t *testing.T) {
	folder := filepath.Join("testdata", "parity", "hf")
	th, m := load(t, folder)
	if !m.Config().QuickGELU || m.Config().Text.Hidden() != 40 {
		t.Errorf("read as %+v", m.Config())
	}
	f, err := safetensors.Open(filepath.Join(folder, "expected.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ids, err := f.ReadInt64("ids")
	if err != nil {
		t.Fatal(err)
	}
	images, texts, features := numbers(t, f, "images"), numbers(t, f, "texts"), numbers(t, f, "image_features")
	err = th.Do(context.Background(), func(s *torch.Scope) error {
		near(t, "texts", s.Float32s(m.EncodeText(s, s.FromInt64(ids, len(ids)/10, 10))), texts, 1e-5)
		near(t, "images", s.Float32s(m.EncodeImage(s, s.FromFloat32(images, 3, 3, 16, 16))), features, 1e-5)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
