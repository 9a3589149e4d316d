package experiment

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/pipeline/finetune"
	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/eval"
)

// ground is what the models of one seed stand on.
type ground interface {
	// prepare makes what is not there yet.
	prepare(ctx context.Context) error
	base() string   // folder of the base model
	images() string // folder of the tasks' images
	run(data Data) string
	items() ([]eval.Item, error)
}

// seedRun trains and scores the models of one seed.
type seedRun struct {
	plan    Plan
	options Options
	seed    int64
	files   Files
	ground  ground
	slots   slots
	board   *progress.Board
}

// work does every step of one seed; each keeps what is there already.
func (s *seedRun) work(ctx context.Context) (map[string]*Cell, error) {
	if err := s.ground.prepare(ctx); err != nil {
		return nil, err
	}
	items, err := s.ground.items()
	if err != nil {
		return nil, err
	}
	if err := s.each(ctx, s.plan.Data, s.embed); err != nil {
		return nil, err
	}
	exam, err := newExam(ctx, s, items)
	if err != nil {
		return nil, err
	}
	base, err := s.score(ctx, exam, Base, s.ground.base(), nil)
	if err != nil {
		return nil, err
	}
	exam.choice = base.Report.Choice
	return s.models(ctx, exam, base)
}

// models trains and scores all models beside the base, as many at a time as
// there are slots.
func (s *seedRun) models(ctx context.Context, exam *exam, base *Cell) (map[string]*Cell, error) {
	out := make([][]*Cell, len(s.plan.Models))
	g, ctx := errgroup.WithContext(ctx)
	for i, m := range s.plan.Models {
		g.Go(func() error {
			return s.slots.with(ctx, func() (err error) {
				if out[i], err = s.model(ctx, exam, m); err != nil {
					err = fmt.Errorf("model %s: %w", m.Name, err)
				}
				return err
			})
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	cells := map[string]*Cell{Base: base}
	for i, m := range s.plan.Models {
		for k, name := range m.names() {
			cells[name] = out[i][k]
		}
	}
	return cells, nil
}

// each does something for every set of data, one after the other, in a slot.
func (s *seedRun) each(ctx context.Context, data []Data, do func(context.Context, Data) error) error {
	for _, d := range data {
		if err := s.slots.with(ctx, func() error { return do(ctx, d) }); err != nil {
			return fmt.Errorf("data %s: %w", d.Name, err)
		}
	}
	return nil
}

// bar shows a step of this seed.
func (s *seedRun) bar(name string, total int64) *progress.Bar {
	return s.board.Bar(fmt.Sprintf("seed %d: %s", s.seed, name), total)
}

func (s *seedRun) encoder(model string) train.EmbedOptions {
	return train.EmbedOptions{Model: model, Batch: 500, Threads: 1, Device: "cpu", Strict: true}
}

// embed embeds the images of a run with the base model.
func (s *seedRun) embed(ctx context.Context, d Data) error {
	run := s.ground.run(d)
	_, weights, err := clip.Read(s.ground.base())
	if err != nil {
		return err
	}
	digest := clip.Digest(weights)
	out := finetune.Embeddings(run, digest)
	if _, err := train.ReadTable(out, digest); err == nil {
		return nil
	}
	plan, err := sample.Load(run)
	if err != nil {
		return err
	}
	images, err := dataset.OpenImages(s.ground.images())
	if err != nil {
		return err
	}
	defer images.Close()
	enc, err := train.NewEncoder(ctx, s.encoder(s.ground.base()))
	if err != nil {
		return err
	}
	defer enc.Close()
	bar := s.bar("embed the images of "+d.Name, 0)
	defer bar.Done()
	table, _, err := enc.EmbedImages(ctx, finetune.Refs(plan), images.Open, bar)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("write embeddings: %w", err)
	}
	return train.WriteTable(out, table)
}
