package main

import (
	"fmt"
	"os"

	"github.com/pcclip/pcclip/pipeline/finetune"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/loss"
	"github.com/pcclip/pcclip/train/ranks"
)

type trainCmd struct {
	RunDir          string    `name:"run" required:"" help:"A run with shards and embeddings." placeholder:"DIR" predictor:"dir"`
	Rows            string    `help:"Train on the rows of another run, of a release, or of Parquet files, about images that the run has embeddings of; default: the run's own." placeholder:"PATH" predictor:"file"`
	Model           string    `required:"" help:"The CLIP to start from: a folder, a safetensors file, or a Hub id (owner/name) that is in the local Hub cache." placeholder:"PATH" predictor:"file"`
	Name            string    `required:"" help:"Name of this training; its files go to RUN/train/NAME." placeholder:"NAME"`
	Preset          string    `default:"default" enum:"default,paper" help:"Starting point of all other values (${enum}). default: what was best on the demo's small CLIP. paper: the reference's values, for a large pretrained CLIP."`
	Steps           *int      `help:"Optimiser steps; default: the preset's." placeholder:"N"`
	Epochs          *int      `help:"Passes over the differences; used where steps is 0." placeholder:"N"`
	Batch           *int      `help:"Differences per step." placeholder:"N"`
	LR              *float64  `name:"lr" help:"Step size of Adam." placeholder:"X"`
	Temperature     *string   `help:"T of the loss: a number, learned, or clamped (learned between 0.01 and 1); learned:T and clamped:T start at T." placeholder:"T"`
	Objective       *string   `help:"infonce, or squared (the paper's ablation)." placeholder:"NAME"`
	Mask            string    `help:"Negatives left out of the loss: any of images (they share an image with the row), texts (they have the same text), reverses (the same images the other way round)." placeholder:"NAME,..."`
	Alike           []float64 `help:"Train on the pairs whose images are alike to a degree: by the cosine of their embeddings, between these shares of all pairs. 0.5,1 is the more alike half." placeholder:"FROM,TO"`
	Reversed        bool      `help:"Train on reversed differences too, each in its pair's batch, against the reversed image difference."`
	Centre          *bool     `negatable:"" help:"Take the mean of a batch's texts away before they meet the image differences; default: the preset's."`
	Trainable       *string   `help:"blocks (the paper: the text tower's residual blocks), text (the whole text tower), last:N (its last N blocks), lora:R (adapters of rank R on the attention of its blocks, merged when saved)." placeholder:"SET"`
	Anchor          *float64  `help:"Weight of holding the embeddings of the run's captions where they were; 0: not held." placeholder:"W"`
	CaptionLoss     float64   `help:"Weight of CLIP's own loss on the run's captions and their images, mixed in; 0: none." placeholder:"W"`
	L2Start         float64   `name:"l2-start" help:"Weight of pulling the trained numbers to where they started." placeholder:"W"`
	EMA             float64   `name:"ema" help:"Decay of a running average of the weights, which then is the result." placeholder:"D"`
	Clip            float64   `help:"Largest norm of the gradients together; 0: not bounded." placeholder:"X"`
	WeightDecay     *float64  `help:"Decoupled weight decay on matrices." placeholder:"X"`
	Chunks          int       `help:"Length-sorted chunks of a batch, each cut to its longest text; 0: the usual number. Any number gives the same loss." placeholder:"N"`
	MicroBatch      int       `help:"Texts whose graph is in memory at a time; all negatives stay, at the price of a second forward pass. 0: all." placeholder:"N"`
	Recompute       bool      `help:"Keep only what goes into each block of the model for the backward pass, and compute the rest again (activation checkpointing)."`
	Bucket          int       `help:"Sort the texts of so many batches by length before they are cut into batches: less padding, but batches of texts of one length. 0: not." placeholder:"N"`
	Precision       string    `default:"fp32" enum:"fp32,tf32,bf16" help:"Of matrix products (${enum}); weights, moments and gradients stay fp32. tf32 is for GPUs."`
	OnNonfinite     string    `default:"stop" enum:"stop,skip,rollback" help:"What follows a loss or gradient that is not finite (${enum}): an error, the next step, or the last checkpoint and then the next step."`
	ValidateEvery   int       `help:"Steps between two looks at the run's validation rows; the best model is kept in RUN/train/NAME/best. 0: none." placeholder:"N"`
	Best            string    `default:"loss" enum:"loss,top1" help:"What decides which model is the best (${enum})."`
	On              string    `default:"differences" enum:"differences,captions,rewrites" help:"What to train on (${enum}). captions: those of the run's training images, each pulled towards its image. rewrites: the same with a run's captions by generate --prompt rewrite."`
	Control         string    `default:"none" enum:"none,shuffled,reversed,random" help:"Break the data on purpose, to compare with (${enum}): the texts of other pairs, the image differences turned round, or a random direction for each pair of images."`
	Seed            int64     `default:"0" help:"Of the order of differences."`
	Deterministic   bool      `help:"The same bits on every run on this machine."`
	Resume          bool      `help:"Go on from the newest checkpoint."`
	CheckpointEvery *int      `help:"Steps between two checkpoints." placeholder:"N"`
	CheckpointMin   float64   `name:"checkpoint-minutes" help:"Minutes after which another checkpoint is due, whatever the step; 0: only by steps." placeholder:"N"`
	Keep            *int      `help:"Checkpoints kept, 0 for all." placeholder:"N"`
	LogEvery        *int      `help:"Steps between two lines of metrics.jsonl; only for these the device is waited for." placeholder:"N"`
	Threads         int       `default:"0" help:"CPU threads of libtorch; 0: all cores, one with --deterministic."`
	PeakTFLOPS      float64   `name:"peak-tflops" help:"Dense peak of the device, for the share of it that useful work takes (MFU); 0: that of a GPU whose name is known." placeholder:"X"`
	Profile         int       `help:"Record N steps, after the first 3, in RUN/train/NAME: profile.json with the operations of libtorch (for ui.perfetto.dev or chrome://tracing), and profile.pprof with Go's share (for go tool pprof)." placeholder:"N"`
	Device          string    `default:"auto" enum:"auto,cpu,cuda" help:"Where to compute (${enum})."`
	Exchange        string    `default:"auto" enum:"auto,gloo,nccl" help:"How gradients travel between the GPUs of several processes (${enum}): by NCCL, or by Gloo through the host. auto: NCCL where all of them have it."`
	JSON            bool      `name:"json" help:"Print the report as JSON."`
}

// Help shows examples.
func (trainCmd) Help() string {
	return `Examples:
  pcclip train --run runs/a --model models/ViT-B-32 --name first --preset paper
  pcclip train --run runs/a --model models/small --name sweep-1e-5 --lr 1e-5 --steps 200
  pcclip train --run runs/a --model models/small --name broken --control shuffled
  pcclip train --run runs/a --model models/small --name captions --on captions --steps 60
  pcclip train --run runs/a --rows runs/a-rewritten --model models/small --name rewrites --on rewrites --steps 60
  pcclip train --run runs/a --rows releases/coco --model models/small --name released
  pcclip train --run runs/a --model models/small --name lora --trainable lora:8 --clip 1 --validate-every 100

The result is RUN/train/NAME/model: open_clip loads it as local-dir:RUN/train/NAME/model.
tensorboard --logdir RUN/train shows the course of all trainings of a run.
Ctrl-C saves a checkpoint; the same line with --resume goes on from it, with as many processes as you like.

Several processes share each batch, and give the weights that one would. All see the run folder; the first one writes.
  torchrun --nproc-per-node 4 --no-python -- pcclip train --run runs/a --model models/ViT-L-14 --name big --batch 4096
  srun --ntasks 8 pcclip train --run runs/a --model models/ViT-L-14 --name big --batch 4096
  for r in 0 1; do RANK=$r WORLD_SIZE=2 pcclip train --run runs/a --model models/small --name two & done; wait
MASTER_ADDR and MASTER_PORT say where they meet (127.0.0.1, 29500), GLOO_SOCKET_IFNAME and
NCCL_SOCKET_IFNAME by which network interface.`
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
	job, err := finetune.Job(dir.Path, c.Rows, c.Model, c.Name, opts)
	if err != nil {
		return err
	}
	job.Resume = c.Resume
	if job.Place, err = ranks.FromEnv(os.Getenv); err != nil {
		return err
	}
	leads := job.Place.Rank == 0 // the other processes write and show nothing
	if leads {
		unlock, err := dir.Lock("train-" + c.Name)
		if err != nil {
			return err
		}
		defer unlock()
	} else {
		e.quiet = true
	}
	board := e.board()
	bar := board.Bar("train "+c.Name, 0)
	report, err := train.Finetune(e.ctx, job, bar)
	bar.Done()
	board.Close()
	if err != nil || !leads {
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
	if c.On != "differences" {
		o = o.Training(train.Texts(c.On))
	}
	over(&o.Epochs, c.Epochs)
	if c.Epochs != nil {
		o.Steps = 0
	}
	over(&o.Steps, c.Steps)
	over(&o.Batch, c.Batch)
	over(&o.LR, c.LR)
	over(&o.Trainable, c.Trainable)
	over(&o.Centre, c.Centre)
	over(&o.WeightDecay, c.WeightDecay)
	over(&o.Anchor, c.Anchor)
	if (o.Anchor > 0 || c.CaptionLoss > 0) && o.AnchorBatch == 0 {
		o.AnchorBatch = train.AnchorBatch
	}
	over(&o.CheckpointEvery, c.CheckpointEvery)
	over(&o.Keep, c.Keep)
	over(&o.LogEvery, c.LogEvery)
	if c.Objective != nil {
		o.Objective = train.Objective(*c.Objective)
	}
	if c.Control != "none" {
		o.Control = train.Control(c.Control)
	}
	if c.OnNonfinite != "stop" {
		o.OnNonfinite = train.OnNonfinite(c.OnNonfinite)
	}
	o.Reversed, o.L2Start, o.EMA, o.Clip, o.Chunks, o.MicroBatch = c.Reversed, c.L2Start, c.EMA, c.Clip, c.Chunks, c.MicroBatch
	o.Recompute, o.Bucket, o.CaptionLoss, o.CheckpointMinutes = c.Recompute, c.Bucket, c.CaptionLoss, c.CheckpointMin
	if c.Precision != "fp32" {
		o.Precision = train.Precision(c.Precision)
	}
	o.ValidateEvery, o.Best = c.ValidateEvery, c.Best
	o.PeakTFLOPS, o.Profile = c.PeakTFLOPS, c.Profile
	o.Seed, o.Deterministic, o.Threads, o.Device, o.Exchange = c.Seed, c.Deterministic, c.Threads, c.Device, c.Exchange
	switch len(c.Alike) {
	case 0:
	case 2:
		o.AlikeFrom, o.AlikeTo = c.Alike[0], c.Alike[1]
	default:
		return o, fault.Input("read options", "--alike", "give two shares of all pairs, such as 0.5,1 for the more alike half", "%v is not two numbers", c.Alike)
	}
	if err := c.objective(&o); err != nil {
		return o, err
	}
	return o, o.Validate()
}

// objective reads the temperature and the masks.
func (c *trainCmd) objective(o *train.Options) (err error) {
	if c.Temperature != nil {
		if o.Temperature, o.Learning, err = loss.ParseTemperature(*c.Temperature, o.Temperature); err != nil {
			return fault.Input("read options", "--temperature", "give a number above 0, learned or clamped", "%w", err)
		}
	}
	if o.Masks, err = loss.ParseMasks(c.Mask); err != nil {
		return fault.Input("read options", "--mask", "give any of images, texts, reverses", "%w", err)
	}
	return nil
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
	if r.Skipped > 0 || r.Truncated > 0 {
		fmt.Fprintf(e.stderr, "%d samples between equal embeddings left out, %d texts cut to the model's context\n", r.Skipped, r.Truncated)
	}
	if r.OneWay > 0 {
		fmt.Fprintf(e.stderr, "%d differences have no reversed one\n", r.OneWay)
	}
	if r.Nonfinite > 0 {
		fmt.Fprintf(e.stderr, "%d steps were not finite and changed nothing\n", r.Nonfinite)
	}
	if r.Best != nil {
		fmt.Fprintf(e.stderr, "the best validation %s, %.4f, was after step %d: that model is beside, in best\n", r.Best.Metric, r.Best.Value, r.Best.Step)
	}
	for _, d := range r.Damaged {
		fmt.Fprintf(e.stderr, "passed over a damaged checkpoint: %s\n", d)
	}
	fmt.Fprintf(e.stdout, "%s\n", r.Model)
	return nil
}
