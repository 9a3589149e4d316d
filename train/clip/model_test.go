//go:build libtorch

package clip

import (
	"context"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/train/torch"
)

func gelu() string { return filepath.Join("testdata", "parity", "gelu") }

// What is saved in either layout reads back bit by bit.
func TestSavedModelsReadBack(t *testing.T) {
	ctx := context.Background()
	for _, source := range []string{gelu(), filepath.Join("testdata", "parity", "hf")} {
		_, m := load(t, source)
		want, err := m.Weights(ctx)
		if err != nil {
			t.Fatal(err)
		}
		digest, err := m.Digest(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for layout, save := range map[string]func(context.Context, string) error{"open_clip": m.Save, "HF": m.SaveHF} {
			folder := filepath.Join(t.TempDir(), layout)
			if err := save(ctx, folder); err != nil {
				t.Fatal(err)
			}
			config, got, err := Read(folder)
			if err != nil {
				t.Fatal(err)
			}
			if config != m.Config() {
				t.Errorf("%s by way of %s: configuration %+v, want %+v", source, layout, config, m.Config())
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s by way of %s: the weights differ", source, layout)
			}
			if d := Digest(got); d != digest {
				t.Errorf("%s by way of %s: digest %s, want %s", source, layout, d, digest)
			}
		}
	}
}

func TestSetTrainableKeepsWeights(t *testing.T) {
	ctx := context.Background()
	_, m := load(t, gelu())
	before, err := m.Digest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = m.SetTrainable(ctx, func(name string, _ []int) torch.Group {
		if strings.HasPrefix(name, "transformer.") {
			return torch.Plain
		}
		return torch.Frozen
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(m.Params().Trained()); n != 24 {
		t.Errorf("%d trained parameters, want 12 for each of 2 blocks", n)
	}
	if after, err := m.Digest(ctx); err != nil || after != before {
		t.Errorf("digest %s, want %s (%v)", after, before, err)
	}
}

// A step changes what is trained and nothing else; LoadWeights takes it back.
func TestStepChangesTrainedOnly(t *testing.T) {
	ctx := context.Background()
	th, m := load(t, gelu())
	before, err := m.Weights(ctx)
	if err != nil {
		t.Fatal(err)
	}
	const trained = "transformer.resblocks.0.mlp.c_fc.weight"
	err = m.SetTrainable(ctx, func(name string, _ []int) torch.Group {
		if name == trained {
			return torch.Decayed
		}
		return torch.Frozen
	})
	if err != nil {
		t.Fatal(err)
	}
	err = th.Do(ctx, func(s *torch.Scope) error {
		x := m.EncodeTexts(s, [][]int32{{298, 5, 299}, {298, 9, 7, 299}})
		s.Backward(s.Sum(s.Mul(x, x)))
		m.Params().AdamW(s, torch.AdamW{LR: .01, Beta1: .9, Beta2: .98, Eps: 1e-6})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	after, err := m.Weights(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range before {
		if same := reflect.DeepEqual(w, after[i]); same == (w.Name == trained) {
			t.Errorf("%s is as before: %v", w.Name, same)
		}
	}
	if err := m.LoadWeights(ctx, gelu()); err != nil {
		t.Fatal(err)
	}
	if again, err := m.Weights(ctx); err != nil || !reflect.DeepEqual(again, before) {
		t.Errorf("the weights did not come back: %v", err)
	}
	if err := m.LoadWeights(ctx, filepath.Join("testdata", "parity", "hf")); err == nil {
		t.Error("weights of another configuration were taken")
	}
}

// The weights of a new model depend on the seed alone and spread as open_clip's do.
func TestNewModel(t *testing.T) {
	ctx := context.Background()
	th, loaded := load(t, gelu())
	config := loaded.Config()
	digests := map[string]bool{}
	for _, seed := range []int64{1, 1, 2} {
		m, err := New(ctx, th, config, seed)
		if err != nil {
			t.Fatal(err)
		}
		d, err := m.Digest(ctx)
		if err != nil {
			t.Fatal(err)
		}
		digests[d] = true
		m.Close()
	}
	if len(digests) != 2 {
		t.Errorf("seeds 1, 1 and 2 gave %d models", len(digests))
	}
	want := map[string]float64{
		"token_embedding.weight":                      .02,
		"transformer.resblocks.1.attn.in_proj_weight": math.Pow(32, -.5),
		"transformer.resblocks.0.mlp.c_fc.weight":     math.Pow(64, -.5),
		"transformer.resblocks.0.mlp.c_proj.weight":   math.Pow(32, -.5) * math.Pow(4, -.5),
		"transformer.resblocks.1.attn.out_proj.bias":  0,
	}
	for _, w := range Init(config, 1) {
		std, ok := want[w.Name]
		if got := spread(w.Data); ok && math.Abs(got-std) > .05*std {
			t.Errorf("%s spreads by %v, want %v", w.Name, got, std)
		}
		delete(want, w.Name)
	}
	if len(want) > 0 {
		t.Errorf("no parameters %v", want)
	}
}

func spread(data []float32) float64 {
	var sum float64
	for _, x := range data {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum / float64(len(data)))
}
