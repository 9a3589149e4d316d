package experiment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/pipeline/demo/endpoint"
	"github.com/pcclip/pcclip/pipeline/demo/tasks"
	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/train/eval"
)

// worldPairs are the planned pairs of a set of differences that names no number.
const worldPairs = 22000

// writers are the requests in flight: the writer is on this machine.
const writers = 8

// worldGround is a made-up world with a small CLIP and runs of its own.
type worldGround struct {
	*seedRun
}

func (w worldGround) base() string         { return filepath.Join(w.pretrained(), "model") }
func (w worldGround) pretrained() string   { return filepath.Join(w.files.dir, "pretrained") }
func (w worldGround) world() string        { return filepath.Dir(w.files.Images()) }
func (w worldGround) images() string       { return w.files.Images() }
func (w worldGround) run(data Data) string { return w.files.Run(data) }

// prepare makes the world, its CLIP and its runs.
func (w worldGround) prepare(ctx context.Context) error {
	if err := w.make(ctx); err != nil {
		return err
	}
	if err := w.slots.with(ctx, func() error { return w.pretrain(ctx) }); err != nil {
		return err
	}
	return w.each(ctx, w.plan.Data, w.generate)
}

// make draws the images and captions of the world.
func (w worldGround) make(ctx context.Context) error {
	total := int64(0)
	for _, split := range w.options.Splits {
		total += int64(split.Count)
	}
	bar := w.bar("images", total)
	defer bar.Done()
	if err := os.MkdirAll(w.world(), 0o755); err != nil {
		return fmt.Errorf("make world folder: %w", err)
	}
	return world.WriteFiles(ctx, w.world(), w.seed, w.options.Splits, bar.Add)
}

// generate draws the pairs of a set and asks the writer for their differences,
// over real HTTP.
func (w worldGround) generate(ctx context.Context, d Data) error {
	plan, err := w.draw(ctx, d)
	if err != nil {
		return err
	}
	dir, err := rundir.Create(w.run(d))
	if err != nil {
		return err
	}
	if err := plan.Write(dir.Path); err != nil {
		return err
	}
	images, err := filepath.Abs(w.images())
	if err != nil {
		return fmt.Errorf("find images: %w", err)
	}
	if err := dir.Record("sample", "plan.json", []rundir.Setting{{Key: "captions", Value: "diff.json"}, {Key: "images", Value: images}}); err != nil {
		return err
	}
	server, err := endpoint.Serve("127.0.0.1:0", world.Writer{Seed: w.seed, FirstFirst: d.Mention == "first"})
	if err != nil {
		return err
	}
	g := generate.DefaultOptions()
	g.RunDir, g.Endpoint, g.Model, g.Rules = dir.Path, server.URL, endpoint.WriterModel, orElse(d.Rules, rulesOf(d.Prompt))
	g.Prompt, g.Concurrency = orElse(d.Prompt, g.Prompt), writers
	g.Manifest.Run.Source, g.Manifest.Run.SourceSHA256 = plan.Source()
	g.Manifest.Run.Seed = w.seed
	bar := w.bar("differences "+d.Name, 0)
	defer bar.Done()
	_, err = generate.Run(ctx, g, plan, progress.Generation(bar))
	return errors.Join(err, server.Close())
}

// rulesOf gives the usual rules for the answers to a prompt.
func rulesOf(prompt string) string {
	if prompt == "rewrite" {
		return "caption"
	}
	return "paper"
}

func orElse(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func (w worldGround) draw(ctx context.Context, d Data) (*sample.Plan, error) {
	o := sample.Default()
	o.Captions, o.Format, o.Seed = filepath.Join(w.world(), "diff.json"), dataset.COCO, w.seed
	o.Pairs, o.ImagesLimit = worldPairs, d.Images
	if d.Pairs > 0 {
		o.Pairs = d.Pairs
	}
	return sample.Draw(ctx, o)
}

// items draws the evaluation and leaves it as a task file that pcclip eval takes.
func (w worldGround) items() ([]eval.Item, error) {
	images := map[string][]world.Image{}
	for _, split := range w.options.Splits {
		if split.Name != "pretrain" {
			images[split.Name] = world.DrawSplit(w.seed, split)
		}
	}
	items := tasks.Draw(w.seed, world.Writer{Seed: w.seed}, images, w.options.TaskPairs)
	var doc bytes.Buffer
	if err := eval.WriteTasks(&doc, items); err != nil {
		return nil, err
	}
	return items, shards.WriteFile(w.files.Tasks(), doc.Bytes())
}
