package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/pipeline/finetune"
	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/eval"
)

// seedRun is one world with its pipeline.
type seedRun struct {
	options Options
	seed    int64
	at      paths
	slots   slots
	board   *progress.Board
}

// run does every step of one seed; each keeps what is there already.
func (s *seedRun) run(ctx context.Context) (Scores, error) {
	if err := s.makeWorld(ctx); err != nil {
		return Scores{}, err
	}
	if err := s.slots.with(ctx, func() error { return s.pretrain(ctx) }); err != nil {
		return Scores{}, err
	}
	if err := s.slots.with(ctx, func() error { return s.generate(ctx) }); err != nil {
		return Scores{}, err
	}
	if err := s.slots.with(ctx, func() error { return s.embed(ctx) }); err != nil {
		return Scores{}, err
	}
	items, err := s.tasks()
	if err != nil {
		return Scores{}, err
	}
	return s.compare(ctx, items)
}

func (s *seedRun) bar(name string, total int64) *progress.Bar {
	return s.board.Bar(fmt.Sprintf("world %d: %s", s.seed, name), total)
}

func (s *seedRun) makeWorld(ctx context.Context) error {
	total := int64(0)
	for _, split := range s.options.Splits {
		total += int64(split.Count)
	}
	bar := s.bar("images", total)
	defer bar.Done()
	if err := os.MkdirAll(s.at.world(), 0o755); err != nil {
		return fmt.Errorf("make world folder: %w", err)
	}
	return world.WriteFiles(ctx, s.at.world(), s.seed, s.options.Splits, bar.Add)
}

// generate draws the pairs and asks the writer for their differences, over
// real HTTP.
func (s *seedRun) generate(ctx context.Context) error {
	o := sample.Default()
	o.Captions, o.Format, o.Pairs, o.Seed = s.at.captions("diff"), dataset.COCO, s.options.Pairs, s.seed
	plan, err := sample.Draw(ctx, o)
	if err != nil {
		return err
	}
	dir, err := rundir.Create(s.at.run())
	if err != nil {
		return err
	}
	if err := plan.Write(dir.Path); err != nil {
		return err
	}
	images, err := filepath.Abs(s.at.images())
	if err != nil {
		return fmt.Errorf("find images: %w", err)
	}
	if err := dir.Record("sample", "plan.json", []rundir.Setting{{Key: "captions", Value: "diff.json"}, {Key: "images", Value: images}}); err != nil {
		return err
	}
	endpoint, err := Serve("127.0.0.1:0", world.Writer{Seed: s.seed})
	if err != nil {
		return err
	}
	g := generate.DefaultOptions()
	g.RunDir, g.Endpoint, g.Model, g.Rules = dir.Path, endpoint.URL, WriterModel, "paper"
	g.Manifest.Run.Source, g.Manifest.Run.SourceSHA256 = plan.Source()
	g.Manifest.Run.Seed = s.seed
	bar := s.bar("differences", 0)
	defer bar.Done()
	_, err = generate.Run(ctx, g, plan, progress.Generation(bar))
	return errors.Join(err, endpoint.Close())
}

// embed embeds the images of the run with the start model.
func (s *seedRun) embed(ctx context.Context) error {
	enc, err := train.NewEncoder(ctx, s.encoder(s.at.base()))
	if err != nil {
		return err
	}
	defer enc.Close()
	digest, err := enc.Digest(ctx)
	if err != nil {
		return err
	}
	out := finetune.Embeddings(s.at.run(), digest)
	if _, err := train.ReadTable(out, digest); err == nil {
		return nil
	}
	plan, err := sample.Load(s.at.run())
	if err != nil {
		return err
	}
	images, err := dataset.OpenImages(s.at.images())
	if err != nil {
		return err
	}
	defer images.Close()
	bar := s.bar("embeddings", 0)
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

func (s *seedRun) encoder(model string) train.EmbedOptions {
	return train.EmbedOptions{Model: model, Batch: 500, Threads: 1, Device: "cpu", Strict: true}
}

// tasks draws the evaluation and leaves it as a task file that pcclip eval takes.
func (s *seedRun) tasks() ([]eval.Item, error) {
	var test, held []world.Image
	for _, split := range s.options.Splits {
		switch split.Name {
		case "test":
			test = world.DrawSplit(s.seed, split)
		case "held":
			held = world.DrawSplit(s.seed, split)
		}
	}
	items := Tasks(s.seed, world.Writer{Seed: s.seed}, test, held)
	b, err := encodeTasks(items)
	if err != nil {
		return nil, err
	}
	return items, shards.WriteFile(s.at.tasks(), b)
}

// compare finetunes on the differences and on shuffled ones, and scores all
// three models. Both finetunings and the start model's score run side by side
// where there are slots.
func (s *seedRun) compare(ctx context.Context, items []eval.Item) (Scores, error) {
	out := Scores{Seed: s.seed}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return s.slots.with(ctx, func() (err error) {
			out.Start, err = s.score(ctx, "start", s.at.base(), items)
			return err
		})
	})
	for _, m := range []struct {
		name    string
		control train.Control
		report  *eval.Report
	}{{"finetuned", train.NoControl, &out.Finetuned}, {"shuffled", train.Shuffled, &out.Shuffled}} {
		g.Go(func() error {
			return s.slots.with(ctx, func() error {
				model, err := s.finetune(ctx, m.name, m.control)
				if err != nil {
					return err
				}
				*m.report, err = s.score(ctx, m.name, model, items)
				return err
			})
		})
	}
	return out, g.Wait()
}

// finetune trains under a name, or takes the model that is there.
func (s *seedRun) finetune(ctx context.Context, name string, control train.Control) (string, error) {
	o := s.options.Finetune
	o.Seed, o.Control = s.seed, control
	job, err := finetune.Job(s.at.run(), s.at.base(), name, o)
	if err != nil {
		return "", err
	}
	job.Resume = true
	bar := s.bar("train "+name, 0)
	defer bar.Done()
	report, err := train.Finetune(ctx, job, bar)
	return report.Model, err
}

func (s *seedRun) score(ctx context.Context, name, model string, items []eval.Item) (eval.Report, error) {
	enc, err := train.NewEncoder(ctx, s.encoder(model))
	if err != nil {
		return eval.Report{}, err
	}
	defer enc.Close()
	images, err := dataset.OpenImages(s.at.images())
	if err != nil {
		return eval.Report{}, err
	}
	defer images.Close()
	bar := s.bar("score "+name, 0)
	defer bar.Done()
	return eval.Score(ctx, items, train.NewScorer(enc, images.Open, bar), eval.DefaultOptions())
}
