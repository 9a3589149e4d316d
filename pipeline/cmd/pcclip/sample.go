package main

import (
	"fmt"
	"path/filepath"

	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/pipeline/sample"
)

type sampleCmd struct {
	Captions    string  `required:"" help:"The captions file." placeholder:"FILE" predictor:"file"`
	Images      string  `help:"The folder with the images: only those with a file there are drawn. Optional until embed." placeholder:"DIR" predictor:"dir"`
	RunDir      string  `name:"run" required:"" help:"The folder of this run; made where it is missing." placeholder:"DIR" predictor:"dir"`
	Format      string  `default:"auto" enum:"auto,coco,karpathy,flickr,hf,parquet" help:"What the captions file is (${enum})."`
	ImagesLimit int     `default:"1000" help:"Images to draw pairs from, 0 for all. The paper: 1000."`
	Pairs       int64   `default:"20000" help:"Pairs of the plan, over both splits."`
	Seed        int64   `default:"0" help:"Another seed, another plan."`
	Validation  float64 `default:"0.05" help:"Share of the images held out for validation."`
	Block       int64   `default:"4096" help:"Pairs per shard."`
	Strict      bool    `help:"Stop at captions of unknown images instead of counting them."`
	JSON        bool    `name:"json" help:"Print the plan as JSON."`
}

// Help shows examples.
func (sampleCmd) Help() string {
	return `Examples:
  pcclip sample --captions captions_train2017.json --images train2017 --run runs/a
  pcclip sample --captions dataset_flickr30k.json --run runs/b --images-limit 0 --pairs 500000 --seed 1

The same line draws the same plan on every machine. A plan that is there already
is kept; one of other data or another seed is never overwritten.`
}

// Run draws the plan and writes plan.json and images.parquet.
func (c *sampleCmd) Run(e *env) error {
	plan, err := sample.Draw(e.ctx, c.options())
	if err != nil {
		return err
	}
	dir, err := rundir.Create(c.RunDir)
	if err != nil {
		return err
	}
	unlock, err := dir.Lock("sample")
	if err != nil {
		return err
	}
	defer unlock()
	settings, err := c.settings()
	if err != nil {
		return err
	}
	if err := plan.Write(dir.Path); err != nil {
		return err
	}
	if err := dir.Record("sample", "plan.json", settings); err != nil {
		return err
	}
	return c.print(e, plan.Summary())
}

func (c *sampleCmd) options() sample.Options {
	return sample.Options{
		Captions: c.Captions, ImagesDir: c.Images, Format: dataset.Format(c.Format), ImagesLimit: c.ImagesLimit, Pairs: c.Pairs, Seed: c.Seed,
		ValidationShare: c.Validation, BlockSize: c.Block, Strict: c.Strict,
	}
}

// settings are recorded in the run; plan.json holds what fixes the plan.
func (c *sampleCmd) settings() ([]rundir.Setting, error) {
	captions, err := filepath.Abs(c.Captions)
	if err != nil {
		return nil, fmt.Errorf("find captions: %w", err)
	}
	images := c.Images
	if images != "" {
		if images, err = filepath.Abs(images); err != nil {
			return nil, fmt.Errorf("find images: %w", err)
		}
	}
	return []rundir.Setting{{Key: "captions", Value: captions}, {Key: "images", Value: images}, {Key: "format", Value: c.Format}}, nil
}

func (c *sampleCmd) print(e *env, s sample.Summary) error {
	if c.JSON {
		return printJSON(e.stdout, s)
	}
	fmt.Fprintf(e.stderr, "planned %d training and %d validation pairs of %d images\n", s.Pairs[sample.Train], s.Pairs[sample.Validation], s.Images)
	if s.Short > 0 {
		fmt.Fprintf(e.stderr, "%d pairs fewer than asked: these images allow no more; raise --images-limit\n", s.Short)
	}
	if s.MissingImages > 0 {
		fmt.Fprintf(e.stderr, "%d images were passed over: they have no file in %s\n", s.MissingImages, c.Images)
	}
	if s.UnknownImageCaptions > 0 {
		fmt.Fprintf(e.stderr, "%d captions of unknown images were left out\n", s.UnknownImageCaptions)
	}
	return nil
}
