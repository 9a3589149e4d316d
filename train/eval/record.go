package eval

import (
	"context"

	"github.com/pcclip/pcclip/shards/fault"
)

// Vectors are embeddings before normalisation, with what they embed.
type Vectors struct {
	Keys   []string
	Values [][]float32
}

// Recorder is an Embedder that keeps what another one gave, in the order in
// which it was asked: what a score can be computed from again, elsewhere.
type Recorder struct {
	Embedder
	Text, Image Vectors
}

// Texts embeds and keeps.
func (r *Recorder) Texts(ctx context.Context, texts []string) ([][]float32, error) {
	return r.Text.keep(ctx, texts, r.Embedder.Texts)
}

// Images embeds and keeps.
func (r *Recorder) Images(ctx context.Context, names []string) ([][]float32, error) {
	return r.Image.keep(ctx, names, r.Embedder.Images)
}

func (v *Vectors) keep(ctx context.Context, keys []string, embed func(context.Context, []string) ([][]float32, error)) ([][]float32, error) {
	values, err := embed(ctx, keys)
	if err == nil {
		v.Keys, v.Values = append(v.Keys, keys...), append(v.Values, values...)
	}
	return values, err
}

// WithImages gives an Embedder whose images are known: those of another model
// with the same image tower, or of a table. One that is missing is a fault that
// names it.
func WithImages(texts Embedder, images Vectors) Embedder {
	k := known{Embedder: texts, rows: make(map[string][]float32, len(images.Keys))}
	for i, key := range images.Keys {
		k.rows[key] = images.Values[i]
	}
	return k
}

type known struct {
	Embedder
	rows map[string][]float32
}

func (k known) Images(_ context.Context, names []string) ([][]float32, error) {
	out := make([][]float32, len(names))
	for i, name := range names {
		v, ok := k.rows[name]
		if !ok {
			return nil, fault.Input("read embeddings", name, "embed this image too, or give the folder with --images", "the tasks name an image that has no embedding")
		}
		out[i] = v
	}
	return out, nil
}
