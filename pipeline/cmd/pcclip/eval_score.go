package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/eval"
)

// scored is the score of one model.
type scored struct {
	Model   string      `json:"model"`
	Weights string      `json:"weights_digest"`
	Report  eval.Report `json:"report"`
}

// evaluation is the scoring of models, one after the other, on the same items.
type evaluation struct {
	*evalCmd
	items  []eval.Item
	open   train.OpenImage
	choice []eval.Choice // the first model's
	tower  string        // digest of the image tower that images were embedded by
	images eval.Vectors  // by that tower
}

// score scores every model.
func (c *evalCmd) score(e *env, items []eval.Item, folder imageSource) ([]scored, error) {
	v := &evaluation{evalCmd: c, items: items, open: folder.Open}
	if err := v.takeTable(); err != nil {
		return nil, err
	}
	board := e.board()
	defer board.Close()
	var all []scored
	for i, model := range c.Model {
		bar := board.Bar("eval "+filepath.Base(model), 0)
		s, err := v.model(e, i, model, bar)
		bar.Done()
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// takeTable takes the images from a table, which the first model must have made.
func (v *evaluation) takeTable() error {
	if v.Embeddings == "" {
		return nil
	}
	_, weights, err := clip.Read(v.Model[0])
	if err != nil {
		return err
	}
	table, err := train.ReadTable(v.Embeddings, clip.Digest(weights))
	if err != nil {
		return err
	}
	v.tower, v.images.Keys = clip.ImageDigest(weights), table.IDs
	for i := range table.IDs {
		v.images.Values = append(v.images.Values, table.Vector(i))
	}
	return nil
}

// model scores one model. Images are embedded once for all models that share an
// image tower, as finetuned ones do.
func (v *evaluation) model(e *env, number int, path string, bar *progress.Bar) (scored, error) {
	_, weights, err := clip.Read(path)
	if err != nil {
		return scored{}, err
	}
	tower := clip.ImageDigest(weights)
	if v.Embeddings != "" && tower != v.tower {
		return scored{}, fault.Input("eval", path, "leave out --embeddings, so that each model embeds the images", "its image tower is not the one that made %s", v.Embeddings)
	}
	enc, err := train.NewEncoder(e.ctx, train.EmbedOptions{Model: path, Batch: v.Batch, Threads: v.Threads, Device: v.Device})
	if err != nil {
		return scored{}, err
	}
	defer enc.Close()
	var from eval.Embedder = train.NewScorer(enc, v.open, bar)
	if tower == v.tower {
		from = eval.WithImages(from, v.images)
	}
	record := &eval.Recorder{Embedder: from}
	s := scored{Model: path, Weights: clip.Digest(weights)}
	o := eval.Options{Pairs: v.ClassPairs, Choice: v.choice, Seed: v.ProbeSeed, Items: v.Items}
	if s.Report, err = eval.Score(e.ctx, v.items, record, o); err != nil {
		return scored{}, err
	}
	if v.tower != tower {
		v.tower, v.images = tower, record.Image
	}
	v.choice = s.Report.Choice
	return s, v.export(number, s.Weights, record)
}

// export writes what a score was computed from.
func (v *evaluation) export(number int, weights string, record *eval.Recorder) error {
	if v.ExportEmbeddings == "" {
		return nil
	}
	if err := os.MkdirAll(v.ExportEmbeddings, 0o755); err != nil {
		return fmt.Errorf("export embeddings: %w", err)
	}
	for name, vectors := range map[string]eval.Vectors{"texts": record.Text, "images": record.Image} {
		if len(vectors.Keys) == 0 {
			continue
		}
		path := filepath.Join(v.ExportEmbeddings, fmt.Sprintf("%d-%s.parquet", number+1, name))
		if err := train.WriteTable(path, train.NewTable(weights, vectors.Keys, vectors.Values)); err != nil {
			return err
		}
	}
	return nil
}
