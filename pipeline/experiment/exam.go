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
	images eval.Vectors
	pairs  int
	seed   int64
	choice []eval.Choice // the base model's; nil while the base itself is scored
}

// newExam embeds the images of the items by the base model.
func newExam(ctx context.Context, s *seedRun, items []eval.Item) (*exam, error) {
	e := &exam{items: items, pairs: s.plan.Pairs, seed: s.seed}
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
	e.images = eval.Vectors{Keys: names, Values: vectors}
	return err
}
