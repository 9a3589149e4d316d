package main

import (
	"fmt"

	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/clip"
)

type pretrainCmd struct {
	RunDir          string  `name:"run" required:"" help:"A run whose plan names the images and captions (pcclip sample)." placeholder:"DIR" predictor:"dir"`
	ConfigModel     string  `required:"" help:"The model to make: an open_clip config file, or a known name such as ViT-B-32." placeholder:"FILE|NAME" predictor:"file"`
	Name            string  `required:"" help:"Name of this training; its files go to RUN/train/NAME." placeholder:"NAME"`
	Images          string  `help:"Where the run's images are, if they have moved." placeholder:"DIR" predictor:"dir"`
	Steps           int     `default:"1300" help:"Optimiser steps."`
	Batch           int     `default:"128" help:"Image-caption pairs per step."`
	LR              float64 `name:"lr" default:"0.0015" help:"Peak step size of AdamW."`
	WeightDecay     float64 `default:"0.1" help:"On matrices other than the token embedding."`
	Warmup          int     `default:"50" help:"Warm-up steps under the cosine."`
	Seed            int64   `default:"0" help:"Of weights, order and choice of captions."`
	Resume          bool    `help:"Go on from the newest checkpoint."`
	CheckpointEvery int     `default:"200" help:"Steps between two checkpoints."`
	Threads         int     `default:"1" help:"CPU threads of libtorch; the result depends on it."`
	Device          string  `default:"auto" enum:"auto,cpu,cuda" help:"Where to compute (${enum})."`
	JSON            bool    `name:"json" help:"Print the report as JSON."`
}

// Help shows examples.
func (pretrainCmd) Help() string {
	return `Examples:
  pcclip pretrain --run runs/a --config-model ViT-B-32 --name scratch --steps 20000 --batch 512 --lr 5e-4
  pcclip pretrain --run runs/a --config-model small.json --name small

The result is RUN/train/NAME/model. It is a way to start without any download; a
CLIP worth using needs millions of images.`
}

// Run trains both towers and reports.
func (c *pretrainCmd) Run(e *env) error {
	config, err := modelConfig(c.ConfigModel)
	if err != nil {
		return err
	}
	dir, err := rundir.Open(c.RunDir)
	if err != nil {
		return err
	}
	images, folder, err := captionedImages(dir, c.Images)
	if err != nil {
		return err
	}
	defer folder.Close()
	unlock, err := dir.Lock("train-" + c.Name)
	if err != nil {
		return err
	}
	defer unlock()
	board := e.board()
	bar := board.Bar("pretrain "+c.Name, 0)
	report, err := train.Pretrain(e.ctx, train.PretrainJob{
		Config: config, Images: images, Open: folder.Open, Dir: dir.File("train", c.Name), Resume: c.Resume, Options: c.options(),
	}, bar)
	bar.Done()
	board.Close()
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, report)
	}
	fmt.Fprintf(e.stderr, "trained %d parameters for %d steps; last loss %.4f\n", report.Trained, report.Steps, report.Loss)
	fmt.Fprintln(e.stdout, report.Model)
	return nil
}

func (c *pretrainCmd) options() train.PretrainOptions {
	o := train.DefaultPretrain()
	o.Steps, o.Batch, o.LR, o.WeightDecay, o.Warmup, o.Seed = c.Steps, c.Batch, c.LR, c.WeightDecay, c.Warmup, c.Seed
	o.CheckpointEvery, o.Threads, o.Device = c.CheckpointEvery, c.Threads, c.Device
	return o
}

// modelConfig takes a known name or a file.
func modelConfig(nameOrFile string) (clip.Config, error) {
	if config, err := clip.Named(nameOrFile); err == nil {
		return config, nil
	}
	return clip.ReadConfig(nameOrFile)
}
