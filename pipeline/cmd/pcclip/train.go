package main

import (
	"fmt"

	"github.com/pcclip/pcclip/pipeline/finetune"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/train"
)

type trainCmd struct {
	RunDir          string   `name:"run" required:"" help:"A run with shards and embeddings." placeholder:"DIR" predictor:"dir"`
	Model           string   `required:"" help:"The CLIP to start from: a folder or a safetensors file." placeholder:"PATH" predictor:"file"`
	Name            string   `required:"" help:"Name of this training; its files go to RUN/train/NAME." placeholder:"NAME"`
	Preset          string   `default:"default" enum:"default,paper" help:"Starting point of all other values (${enum}). default: what was best on the demo's small CLIP. paper: the reference's values, for a large pretrained CLIP."`
	Steps           *int     `help:"Optimiser steps; default: the preset's." placeholder:"N"`
	Epochs          *int     `help:"Passes over the differences; used where steps is 0." placeholder:"N"`
	Batch           *int     `help:"Differences per step." placeholder:"N"`
	LR              *float64 `name:"lr" help:"Step size of Adam." placeholder:"X"`
	Temperature     *float64 `help:"T of the loss." placeholder:"T"`
	Objective       *string  `help:"infonce, or squared (the paper's ablation)." placeholder:"NAME"`
	Trainable       *string  `help:"blocks (the paper: the text tower's residual blocks), or text (the whole text tower)." placeholder:"NAME"`
	Anchor          *float64 `help:"Weight of holding the embeddings of the run's captions where they were; 0: not held." placeholder:"W"`
	WeightDecay     *float64 `help:"Decoupled weight decay on matrices." placeholder:"X"`
	Control         string   `default:"none" enum:"none,shuffled,reversed" help:"Break the data on purpose, to compare with (${enum})."`
	Seed            int64    `default:"0" help:"Of the order of differences."`
	Deterministic   bool     `help:"The same bits on every run on this machine."`
	Resume          bool     `help:"Go on from the newest checkpoint."`
	CheckpointEvery *int     `help:"Steps between two checkpoints." placeholder:"N"`
	Keep            *int     `help:"Checkpoints kept, 0 for all." placeholder:"N"`
	Threads         int      `default:"0" help:"CPU threads of libtorch; 0: all cores, one with --deterministic."`
	Device          string   `default:"auto" enum:"auto,cpu,cuda" help:"Where to compute (${enum})."`
	JSON            bool     `name:"json" help:"Print the report as JSON."`
}

// Help shows examples.
func (trainCmd) Help() string {
	return `Examples:
  pcclip train --run runs/a --model models/ViT-B-32 --name first --preset paper
  pcclip train --run runs/a --model models/small --name sweep-1e-5 --lr 1e-5 --steps 200
  pcclip train --run runs/a --model models/small --name broken --control shuffled

The result is RUN/train/NAME/model: open_clip loads it as local-dir:RUN/train/NAME/model.
Ctrl-C saves a checkpoint; the same line with --resume goes on from it.`
}

// Run finetunes and reports.
func (c *trainCmd) Run(e *env) error {
	opts, err := c.options()
	if err != nil {
		return err
	}
	dir, err := rundir.Open(c.RunDir)
	if err != nil {
		return err
	}
	job, err := finetune.Job(dir.Path, c.Model, c.Name, opts)
	if err != nil {
		return err
	}
	job.Resume = c.Resume
	unlock, err := dir.Lock("train-" + c.Name)
	if err != nil {
		return err
	}
	defer unlock()
	board := e.board()
	bar := board.Bar("train "+c.Name, 0)
	report, err := train.Finetune(e.ctx, job, bar)
	bar.Done()
	board.Close()
	if err != nil {
		return err
	}
	return c.print(e, report)
}

// options lays what was given over the preset.
func (c *trainCmd) options() (train.Options, error) {
	o, err := train.Preset(c.Preset)
	if err != nil {
		return o, err
	}
	over(&o.Epochs, c.Epochs)
	if c.Epochs != nil {
		o.Steps = 0
	}
	over(&o.Steps, c.Steps)
	over(&o.Batch, c.Batch)
	over(&o.LR, c.LR)
	over(&o.Temperature, c.Temperature)
	over(&o.Trainable, c.Trainable)
	over(&o.WeightDecay, c.WeightDecay)
	over(&o.Anchor, c.Anchor)
	if o.Anchor > 0 && o.AnchorBatch == 0 {
		o.AnchorBatch = train.AnchorBatch
	}
	over(&o.CheckpointEvery, c.CheckpointEvery)
	over(&o.Keep, c.Keep)
	if c.Objective != nil {
		o.Objective = train.Objective(*c.Objective)
	}
	if c.Control != "none" {
		o.Control = train.Control(c.Control)
	}
	o.Seed, o.Deterministic, o.Threads, o.Device = c.Seed, c.Deterministic, c.Threads, c.Device
	return o, o.Validate()
}

func over[T any](field *T, given *T) {
	if given != nil {
		*field = *given
	}
}

func (c *trainCmd) print(e *env, r train.Report) error {
	if c.JSON {
		return printJSON(e.stdout, r)
	}
	fmt.Fprintf(e.stderr, "trained %d parameters for %d steps on %d differences; last loss %.4f\n", r.Trained, r.Steps, r.Differences, r.Loss)
	if r.Skipped > 0 || r.Full > 0 {
		fmt.Fprintf(e.stderr, "%d samples between equal embeddings left out, %d texts fill the model's context (longer ones are cut)\n", r.Skipped, r.Full)
	}
	for _, d := range r.Damaged {
		fmt.Fprintf(e.stderr, "passed over a damaged checkpoint: %s\n", d)
	}
	fmt.Fprintf(e.stdout, "%s\n", r.Model)
	return nil
}
