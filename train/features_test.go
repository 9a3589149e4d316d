//go:build libtorch

package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/loss"
	"github.com/pcclip/pcclip/train/torch"
)

// Any number of chunks, any size of micro-batch and recomputing gives the loss and
// the gradients of one pass: all negatives stay.
func TestChunksAndMicroBatchesAreExact(t *testing.T) {
	th, err := torch.Start(torch.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer th.Close()
	config := tiny()
	config.Text.Layers = 3
	model, err := clip.New(context.Background(), th, config, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	if err := model.SetTrainable(context.Background(), func(string, []int) torch.Group { return torch.Plain }); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(4, 5))
	texts, deltas := make([][]int32, 70), make([]float32, 70*8)
	for i := range texts {
		texts[i] = []int32{49406}
		for range r.IntN(70) {
			texts[i] = append(texts[i], r.Int32N(49000))
		}
		texts[i] = append(texts[i], 49407)
	}
	for i := range deltas {
		deltas[i] = float32(r.NormFloat64())
	}
	run := func(how encoding) (value float64, grads map[string][]float32) {
		grads = map[string][]float32{}
		err := th.Do(context.Background(), func(s *torch.Scope) error {
			params := model.Params()
			params.ZeroGrad(s)
			f := encodeTexts(s, model, texts, how)
			total := loss.InfoNCE(s, s.MulScalar(s.MatMul(s.Normalize(f.value), s.Transpose(s.Normalize(s.FromFloat32(deltas, 70, 8)), 0, 1)), 10))
			s.Backward(total)
			f.back(s)
			value = s.Item(total)
			for _, name := range params.Trained() {
				grads[name] = params.Grad(s, name).Data
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return value, grads
	}
	value, grads := run(encoding{chunks: 1})
	for _, c := range []encoding{
		{},
		{chunks: 3},
		{chunks: 200},
		{chunks: 1, micro: 1},
		{chunks: 1, micro: 16},
		{chunks: 1, micro: 23},
		{chunks: 1, micro: 69},
		{chunks: 1, micro: 70},
		{micro: 16},
		{recompute: true},
		{chunks: 1, recompute: true},
		{micro: 16, recompute: true},
	} {
		gotValue, got := run(c)
		if d := math.Abs(gotValue - value); d > 2e-6 {
			t.Errorf("%+v: loss off by %g", c, d)
		}
		for name, want := range grads {
			worst, size := 0.0, 0.0
			for i, w := range want {
				worst, size = max(worst, math.Abs(float64(got[name][i]-w))), max(size, math.Abs(float64(w)))
			}
			if worst > 1e-5*size+1e-8 {
				t.Errorf("%+v: gradient of %s off by %g of %g", c, name, worst, size)
			}
		}
	}
}

// BenchmarkTextStep is forward, loss and backward of a text tower of ViT-B-32's
// width, two blocks trained, on one thread: texts in chunks or micro-batches.
func BenchmarkTextStep(b *testing.B) {
	th, err := torch.Start(torch.Options{Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer th.Close()
	c := tiny()
	c.EmbedDim, c.Text.Width, c.Text.Heads, c.Text.Layers = 512, 512, 8, 2
	model, err := clip.New(context.Background(), th, c, 3)
	if err != nil {
		b.Fatal(err)
	}
	defer model.Close()
	if err := (Options{Trainable: "blocks"}).train(context.Background(), model); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name                    string
		batch, shortest, spread int
	}{{"short", 128, 10, 8}, {"mixed", 32, 10, 50}, {"mixed", 128, 10, 50}, {"mixed", 384, 10, 50}} {
		r := rand.New(rand.NewPCG(4, 5))
		texts := make([][]int32, c.batch)
		for i := range texts {
			texts[i] = []int32{49406}
			for range c.shortest + r.IntN(c.spread) {
				texts[i] = append(texts[i], r.Int32N(49000))
			}
			texts[i] = append(texts[i], 49407)
		}
		for _, way := range [][2]int{{0, 0}, {1, 0}, {2, 0}, {4, 0}, {8, 0}, {16, 0}, {1, c.batch / 4}} {
			b.Run(fmt.Sprintf("%s=%d/chunks=%d/micro=%d", c.name, c.batch, way[0], way[1]), func(b *testing.B) {
				for b.Loop() {
					textStep(b, th, model, texts, way[0], way[1])
				}
				b.ReportMetric(float64(c.batch*b.N)/b.Elapsed().Seconds(), "texts/s")
			})
		}
	}
}

func textStep(b *testing.B, th *torch.Thread, model *clip.Model, texts [][]int32, chunks, micro int) {
	err := th.Do(context.Background(), func(s *torch.Scope) error {
		model.Params().ZeroGrad(s)
		f := encodeTexts(s, model, texts, encoding{chunks: chunks, micro: micro})
		units := s.Normalize(f.value)
		s.Backward(loss.InfoNCE(s, s.MatMul(units, s.Transpose(s.Detach(units), 0, 1))))
		f.back(s)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// Adapters trained and saved are in the weights of the model's folder, and in
// nothing but the attention of its text tower.
func TestLoRAIsSavedMerged(t *testing.T) {
	j := job(t)
	j.Options.Trainable = "lora:2"
	report, err := Finetune(context.Background(), j, NoProgress{})
	if err != nil {
		t.Fatal(err)
	}
	after := onlyMoved(t, j.Model, report.Model, func(name string) bool {
		return name == "transformer.resblocks.0.attn.in_proj_weight" || name == "transformer.resblocks.0.attn.out_proj.weight"
	})
	if want := int64(4 * 2 * 2 * 16); report.Trained != want {
		t.Errorf("%d trained numbers, not %d", report.Trained, want)
	}
	if filepath.Base(report.Model) != "model" || clip.Digest(after) != report.Digest {
		t.Errorf("report %+v", report)
	}
}
