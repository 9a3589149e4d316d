package experiment

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/eval"
)

// exam is what all models of a seed are asked: the same items, the same image
// embeddings (training leaves the image tower alone), the same choices.
type exam struct {
	items  []eval.Item
	digest string // of the items and of the settings of scoring
	images map[string][]float32
	pairs  int
	seed   int64
	choice []eval.Choice // the base model's; nil while the base itself is scored
}

// newExam embeds the images of the items by the base model.
func newExam(ctx context.Context, s *seedRun, items []eval.Item) (*exam, error) {
	e := &exam{items: items, pairs: s.plan.Pairs, seed: s.seed, images: map[string][]float32{}}
	if e.pairs == 0 {
		e.pairs = eval.DefaultOptions().Pairs
	}
	var doc bytes.Buffer
	if err := eval.WriteTasks(&doc, items); err != nil {
		return nil, err
	}
	fmt.Fprintf(&doc, "pairs %d\nversion %s\n", e.pairs, eval.Version)
	sum := sha256.Sum256(doc.Bytes())
	e.digest = hex.EncodeToString(sum[:])
	return e, s.slots.with(ctx, func() error { return e.embed(ctx, s) })
}

func (e *exam) embed(ctx context.Context, s *seedRun) error {
	enc, err := train.NewEncoder(ctx, s.encoder(s.ground.base()))
	if err != nil {
		return err
	}
	defer enc.Close()
	images, err := dataset.OpenImages(s.ground.images())
	if err != nil {
		return err
	}
	defer images.Close()
	names := eval.Images(e.items)
	bar := s.bar("embed the images of the tasks", 0)
	defer bar.Done()
	vectors, err := train.NewScorer(enc, images.Open, bar).Images(ctx, names)
	if err != nil {
		return err
	}
	for i, name := range names {
		e.images[name] = vectors[i]
	}
	return nil
}

// embedder gives the texts of one model and the images of all.
type embedder struct {
	texts  eval.Embedder
	images map[string][]float32
}

func (e embedder) Texts(ctx context.Context, texts []string) ([][]float32, error) {
	return e.texts.Texts(ctx, texts)
}

func (e embedder) Images(_ context.Context, names []string) ([][]float32, error) {
	out := make([][]float32, len(names))
	for i, name := range names {
		out[i] = e.images[name]
	}
	return out, nil
}
