//go:build libtorch

package clip

import (
	"context"
	"testing"

	"github.com/pcclip/pcclip/train/torch"
)

// BenchmarkSmallStep is one pretraining step of the demo's CLIP: both towers,
// batch 128, AdamW on 5.45 M parameters, one thread.
func BenchmarkSmallStep(b *testing.B) {
	th, err := torch.Start(torch.Options{Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer th.Close()
	c := Config{
		EmbedDim: 64, Vision: Vision{ImageSize: 32, PatchSize: 8, Width: 96, Layers: 3, HeadWidth: 32, MLPRatio: 4},
		Text:       Text{Context: 77, Vocab: TokenizerVocab, Width: 96, Heads: 3, Layers: 3, MLPRatio: 4},
		Preprocess: DefaultPreprocess(),
	}
	m, err := New(context.Background(), th, c, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	if err := m.SetTrainable(context.Background(), func(string, []int) torch.Group { return torch.Plain }); err != nil {
		b.Fatal(err)
	}
	const batch = 128
	pixels := make([]float32, batch*3*32*32)
	var texts [][]int32
	for i := range batch {
		ids := []int32{49406}
		for k := range 4 + i%14 {
			ids = append(ids, int32(300+i*7+k))
		}
		texts = append(texts, append(ids, 49407))
	}
	step := 0
	for b.Loop() {
		step++
		err := th.Do(context.Background(), func(s *torch.Scope) error {
			t, v := s.Normalize(m.EncodeTexts(s, texts)), s.Normalize(m.EncodeImage(s, s.FromFloat32(pixels, batch, 3, 32, 32)))
			loss := s.CrossEntropy(s.MatMul(t, s.Transpose(v, 0, 1)), s.Arange(batch))
			m.Params().ZeroGrad(s)
			s.Backward(loss)
			m.Params().AdamW(s, torch.AdamW{LR: 1e-4, Beta1: .9, Beta2: .98, Eps: 1e-6})
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
