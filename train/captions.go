//go:build libtorch

package train

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/order"
	"github.com/pcclip/pcclip/train/clip/tokenizer"
	"github.com/pcclip/pcclip/train/loss"
	"github.com/pcclip/pcclip/train/torch"
)

// captionMix is CLIP's own loss on captions and their images, mixed in so that
// the model stays a CLIP: T is the model's own.
type captionMix struct {
	weight  float64
	texts   [][]int32
	images  []int // row of the table of each
	table   *Table
	batches Batches
	digest  string
}

// captionBatch is what a step takes of them.
type captionBatch struct {
	texts  [][]int32
	images []float32 // unit vectors, row-major
	rows   loss.Rows
}

// newCaptionMix takes up to anchorCaptions of a job's captions; nil without a
// weight.
func newCaptionMix(job Job, table *Table, textLen int) (*captionMix, error) {
	o := job.Options
	if o.CaptionLoss == 0 {
		return nil, nil
	}
	if len(job.Captions) < 2 {
		return nil, fault.Input("mix in captions", job.Rows.From, "set --caption-loss 0", "there are %d captions", len(job.Captions))
	}
	tok, err := tokenizer.New()
	if err != nil {
		return nil, err
	}
	c, sum := &captionMix{weight: o.CaptionLoss, table: table}, sha256.New()
	perm := order.New(uint64(len(job.Captions)), o.Seed, "captions")
	for k := range min(len(job.Captions), anchorCaptions) {
		caption := job.Captions[perm.At(uint64(k))]
		row, ok := table.Row(caption.Image)
		if !ok {
			return nil, fault.Input("read embeddings", job.Embeddings, "run pcclip embed on the images of this run", "image %q has no embedding", caption.Image)
		}
		fmt.Fprintf(sum, "%q %q\n", caption.Image, caption.Text)
		c.texts, c.images = append(c.texts, tok.EncodeTo(caption.Text, textLen)), append(c.images, row)
	}
	c.digest = hex.EncodeToString(sum.Sum(nil))
	c.batches = Batches{N: len(c.texts), Batch: min(o.AnchorBatch, len(c.texts)), Seed: o.Seed}
	return c, nil
}

// batch gives the captions of step n.
func (c *captionMix) batch(n int) captionBatch {
	var out captionBatch
	for _, i := range c.batches.At(n) {
		out.texts = append(out.texts, c.texts[i])
		out.images = append(out.images, c.table.Vector(c.images[i])...)
		out.rows.A, out.rows.B = append(out.rows.A, int64(c.images[i])), append(out.rows.B, int64(c.images[i]))
	}
	return out
}

// loss gives the weighted loss of unit texts [B,D]. Captions of one image are no
// negatives of each other.
func (c *captionMix) loss(s *torch.Scope, texts, logScale *torch.Tensor, batch captionBatch) *torch.Tensor {
	images := s.FromFloat32(batch.images, len(batch.texts), c.table.Dimension)
	logits := s.Mul(s.MatMul(texts, s.Transpose(images, 0, 1)), s.Exp(s.Detach(logScale)))
	return s.MulScalar(loss.InfoNCE(s, loss.Hide(s, logits, batch.rows, []loss.Mask{loss.Images})), c.weight)
}
