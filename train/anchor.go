//go:build libtorch

package train

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/order"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/clip/tokenizer"
	"github.com/pcclip/pcclip/train/torch"
)

// anchorCaptions bounds the captions that are kept in place: more tell the
// model nothing new.
const anchorCaptions = 5000

// anchor keeps the embeddings of captions where the base model had them:
// finetuning on differences alone lets zero-shot accuracy drift. It needs no
// images.
type anchor struct {
	weight  float64
	texts   [][]int32
	vectors []float32 // [len(texts),D], unit length, by the base model
	dim     int
	batches Batches
	digest  string
}

// newAnchor embeds the captions with the weights that model holds now; nil
// without a weight.
func newAnchor(ctx context.Context, th *torch.Thread, model *clip.Model, job Job) (*anchor, error) {
	o := job.Options
	if o.Anchor == 0 {
		return nil, nil
	}
	if len(job.Captions) == 0 {
		return nil, fault.Input("hold captions in place", "", "set --anchor 0", "there are no captions")
	}
	tok, err := tokenizer.New()
	if err != nil {
		return nil, err
	}
	a := &anchor{weight: o.Anchor, dim: model.Config().EmbedDim}
	sum := sha256.New()
	perm := order.New(uint64(len(job.Captions)), o.Seed, "anchor")
	for k := range min(len(job.Captions), anchorCaptions) {
		caption := job.Captions[perm.At(uint64(k))].Text
		io.WriteString(sum, caption+"\x00") //nolint:errcheck // a hash never fails
		a.texts = append(a.texts, tok.EncodeTo(caption, model.Config().Text.Context))
	}
	a.digest = hex.EncodeToString(sum.Sum(nil))
	a.batches = Batches{N: len(a.texts), Batch: min(o.AnchorBatch, len(a.texts)), Seed: o.Seed}
	for from := 0; from < len(a.texts); from += o.AnchorBatch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := th.Do(ctx, func(s *torch.Scope) error {
			s.NoGrad(func() {
				chunk := a.texts[from:min(from+o.AnchorBatch, len(a.texts))]
				a.vectors = append(a.vectors, s.Float32s(s.Normalize(model.EncodeTexts(s, chunk)))...)
			})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return a, nil
}

// batch gives the captions of step n, and where they were, row-major.
func (a *anchor) batch(n int) (texts [][]int32, vectors []float32) {
	for _, row := range a.batches.At(n) {
		texts = append(texts, a.texts[row])
		vectors = append(vectors, a.vectors[row*a.dim:(row+1)*a.dim]...)
	}
	return texts, vectors
}
