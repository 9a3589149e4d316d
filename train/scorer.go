package train

import (
	"context"

	"github.com/pcclip/pcclip/shards/fault"
)

// Scorer gives eval the vectors of a model: texts as they are, images by name.
type Scorer struct {
	encoder  *Encoder
	open     OpenImage
	progress *summed
}

// NewScorer makes a scorer. progress shows texts and images together.
func NewScorer(encoder *Encoder, open OpenImage, progress Progress) Scorer {
	return Scorer{encoder: encoder, open: open, progress: &summed{Progress: progress}}
}

// summed shows several pieces of work, one after the other, as one.
type summed struct {
	Progress
	total int64
}

// Total adds to what there is.
func (s *summed) Total(n int64) {
	s.total += n
	s.Progress.Total(s.total)
}

// Texts embeds texts, in order.
func (s Scorer) Texts(ctx context.Context, texts []string) ([][]float32, error) {
	return s.encoder.EmbedTexts(ctx, texts, s.progress)
}

// Images embeds images, in order. An image that cannot be read is an error:
// a score over what is left would be another score.
func (s Scorer) Images(ctx context.Context, names []string) ([][]float32, error) {
	refs := make([]ImageRef, len(names))
	for i, n := range names {
		refs[i] = ImageRef{ID: n, Name: n}
	}
	t, report, err := s.encoder.EmbedImages(ctx, refs, s.open, s.progress)
	if err != nil {
		return nil, err
	}
	if report.Broken > 0 {
		return nil, fault.Input("embed images", report.Examples[0], "repair the image or take it out of the tasks", "%d images cannot be read", report.Broken)
	}
	out := make([][]float32, len(names))
	for i := range out {
		out[i] = t.Vector(i)
	}
	return out, nil
}
