package train

import (
	"math"
	"slices"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/loss"
)

// Objective names what the text of a difference is pulled towards.
type Objective string

const (
	// InfoNCE is the paper's main choice: symmetric cross-entropy between unit
	// texts and unit image differences (paper section 1, contrastive branch).
	InfoNCE Objective = "infonce"
	// Squared is the paper's ablation: mean squared error between the unit text
	// and the image difference, not rescaled.
	Squared Objective = "squared"
)

// Control names a deliberate break of the data, to compare with.
type Control string

const (
	// NoControl trains on the data as it is.
	NoControl Control = ""
	// Shuffled gives each pair of images the difference of another pair.
	Shuffled Control = "shuffled"
	// Reversed turns every image difference round.
	Reversed Control = "reversed"
	// Random puts a direction that means nothing, fixed for each pair of images,
	// in the place of its difference.
	Random Control = "random"
)

// Texts names what is trained on. Captions and rewrites are the paper's
// controls: the same images and the same loop, without differences.
type Texts string

const (
	// Differences pulls the text of a difference towards the difference of two
	// image embeddings.
	Differences Texts = ""
	// Captions pulls a caption towards the embedding of its image.
	Captions Texts = "captions"
	// Rewrites does the same with captions that an LLM has rewritten.
	Rewrites Texts = "rewrites"
)

// Precision is that of the matrix products of a step. Weights, moments and
// gradients are float32 in any case.
type Precision string

const (
	// FP32 computes in float32.
	FP32 Precision = ""
	// TF32 lets a GPU round the factors to 10 bits; a CPU computes as with FP32.
	TF32 Precision = "tf32"
	// BF16 computes products and attention in bfloat16.
	BF16 Precision = "bf16"
)

// OnNonfinite says what follows a loss or gradient that is infinite or not a
// number. Such a step never changes the weights.
type OnNonfinite string

const (
	// Stop ends the training with an error that names step and rows.
	Stop OnNonfinite = ""
	// Skip goes on with the next step.
	Skip OnNonfinite = "skip"
	// Rollback takes the last checkpoint and goes on with the next step.
	Rollback OnNonfinite = "rollback"
)

// Options decide one finetuning. Every field that is stored in checkpoints
// changes the result; zero values of those with omitempty change nothing.
type Options struct {
	Preset        string    `json:"preset"`
	Objective     Objective `json:"objective"`
	Control       Control   `json:"control,omitempty"`
	On            Texts     `json:"on,omitempty"`
	Trainable     string    `json:"trainable"`              // blocks, text, last:N or lora:R, see trainableSet
	Steps         int       `json:"steps"`                  // optimiser steps; 0 means Epochs decides
	Epochs        int       `json:"epochs"`                 // passes over the differences; used where Steps is 0
	Batch         int       `json:"batch"`                  // differences per step, at least 2
	LR            float64   `json:"lr"`                     // Adam's step size
	Gamma         float64   `json:"gamma"`                  // factor on the step size after each epoch, in (0, 1]
	Beta1         float64   `json:"beta1"`                  // Adam's, in [0, 1)
	Beta2         float64   `json:"beta2"`                  // Adam's, in [0, 1)
	Eps           float64   `json:"eps"`                    // Adam's
	WeightDecay   float64   `json:"weight_decay"`           // decoupled, on matrices only; 0 is plain Adam
	Temperature   float64   `json:"temperature"`            // T of the loss; logits are cosines / T; where a learned one starts
	Anchor        float64   `json:"anchor,omitempty"`       // weight of holding the embeddings of captions where they were; 0: not held
	AnchorBatch   int       `json:"anchor_batch,omitempty"` // captions per step, at least 1
	Seed          int64     `json:"seed"`                   // of the order of differences
	Deterministic bool      `json:"deterministic"`

	Learning    loss.Learning `json:"learning,omitempty"`     // whether T is learned
	Masks       []loss.Mask   `json:"masks,omitempty"`        // negatives left out
	Reversed    bool          `json:"reversed,omitempty"`     // a pair's reversed difference stands in the batch too, with the reversed image difference
	Centre      bool          `json:"centre,omitempty"`       // the mean of a batch's unit texts is taken away before they meet the image differences
	AlikeFrom   float64       `json:"alike_from,omitempty"`   // of all pairs by the likeness of their images, the share that is left out at the unlike end, 0 up to 1
	AlikeTo     float64       `json:"alike_to,omitempty"`     // ... where those kept end; 0: at the most alike
	L2Start     float64       `json:"l2_start,omitempty"`     // weight w of w/2 x squared distance of the trained numbers from where they started
	EMA         float64       `json:"ema,omitempty"`          // decay of a running average of the weights, which then is the result; 0: none
	Clip        float64       `json:"clip,omitempty"`         // largest norm of all gradients together; 0: not bounded
	Chunks      int           `json:"chunks,omitempty"`       // length-sorted chunks of a batch of texts; 0: the usual number
	MicroBatch  int           `json:"micro_batch,omitempty"`  // texts whose graph is in memory at a time, at the price of a second forward pass; 0: all
	Recompute   bool          `json:"recompute,omitempty"`    // keep no more of a graph than what goes into each block, at the price of a second forward pass
	Precision   Precision     `json:"precision,omitempty"`    // of matrix products
	Bucket      int           `json:"bucket,omitempty"`       // batches whose samples are sorted by length among themselves; 0: none
	CaptionLoss float64       `json:"caption_loss,omitempty"` // weight of CLIP's own loss on captions and their images; 0: none
	OnNonfinite OnNonfinite   `json:"on_nonfinite,omitempty"` // what follows a loss or gradient that is not finite

	Threads           int     `json:"-"` // of libtorch on a CPU; 0 means 1 when Deterministic, else all cores
	PeakTFLOPS        float64 `json:"-"` // dense peak of the device, for the share of it that is used; 0: that of a GPU whose name is known
	Profile           int     `json:"-"` // steps to record, after the first few; 0: none
	Device            string  `json:"-"` // "auto", "cpu" or "cuda"
	Exchange          string  `json:"-"` // between the GPUs of several processes: "auto", "gloo" or "nccl", as torch.TeamOptions has it; "": auto
	CheckpointEvery   int     `json:"-"` // steps; 0 means only at the end
	CheckpointMinutes float64 `json:"-"` // minutes after which another checkpoint is due; 0: time does not matter
	Keep              int     `json:"-"` // checkpoints kept; 0 means all
	LogEvery          int     `json:"-"` // steps between two looks at the device: lines of metrics.jsonl, at least 1
	ValidateEvery     int     `json:"-"` // steps between two looks at the validation rows; 0: none
	Best              string  `json:"-"` // "loss" or "top1": by which the best model is kept
}

// AnchorBatch is the usual number of captions that a step holds in place.
const AnchorBatch = 128

// Presets names the known starting points.
var Presets = []string{"default", "paper"}

// Preset gives the options of a name. "paper" is the reference's setting to
// the letter (facts of arXiv 2409.09721 and its code): Adam with step size
// 1e-8, x0.9 per epoch, batch 512, 20 epochs, T = 1, text blocks. "default" is
// the best one found on the demo's small CLIP: the same objective on centred
// texts, the whole text tower, more steps of another size, and captions held in
// place, without which zero-shot accuracy falls. For a large pretrained CLIP
// start from "paper" and sweep --lr.
func Preset(name string) (Options, error) {
	o := Options{
		Preset: name, Objective: InfoNCE, Trainable: "blocks", Batch: 512, Gamma: 1,
		Beta1: .9, Beta2: .999, Eps: 1e-8, Temperature: 1, Device: "auto", Exchange: "auto", LogEvery: 10, Best: "loss", Keep: 3, CheckpointEvery: 500,
	}
	switch name {
	case "default":
		o.Trainable, o.Centre, o.LR, o.Steps, o.Anchor, o.AnchorBatch = "text", true, 1e-3, 180, 3, AnchorBatch
	case "paper":
		o.LR, o.Gamma, o.Epochs = 1e-8, .9, 20
	default:
		return Options{}, fault.Input("choose preset", "--preset", "known are: default, paper", "unknown preset %q", name)
	}
	return o, nil
}

// Training gives the preset for other texts. Captions and rewrites have the
// temperature and, in preset "paper", the step size of the paper's own controls
// (paper section 3), and nothing is held in place: captions are what is trained.
func (o Options) Training(on Texts) Options {
	if on == Differences {
		return o
	}
	o.On, o.Temperature, o.Centre, o.Anchor, o.AnchorBatch, o.LR = on, .1, false, 0, 0, 3e-4
	if o.Preset == "paper" {
		o.LR = 1e-6
	}
	return o
}

// Validate names the first field out of range.
func (o Options) Validate() error {
	_, known := parseTrainable(o.Trainable)
	checks := []struct {
		ok    bool
		field string
		value any
		want  string
	}{
		{o.Objective == InfoNCE || o.Objective == Squared, "objective", o.Objective, "infonce or squared"},
		{slices.Contains([]Control{NoControl, Shuffled, Reversed, Random}, o.Control), "control", o.Control, "shuffled, reversed or random"},
		{slices.Contains([]Texts{Differences, Captions, Rewrites}, o.On), "on", o.On, "captions or rewrites, or nothing for differences"},
		{o.On == Differences || o.Control != Reversed, "control", o.Control, "shuffled or random: " + string(o.On) + " have no direction to turn round"},
		{o.On == Differences || !o.Reversed, "reversed", o.Reversed, "no --reversed: " + string(o.On) + " have no reverse"},
		{o.On == Differences || !o.Centre, "centre", o.Centre, "no --centre: " + string(o.On) + " have no shared offset to lose"},
		{o.AlikeFrom >= 0 && o.AlikeFrom < 1 && (o.AlikeTo == 0 || o.AlikeTo > o.AlikeFrom && o.AlikeTo <= 1), "alike", [2]float64{o.AlikeFrom, o.AlikeTo}, "two shares of all pairs, such as 0.5,1 for the more alike half"},
		{o.On == Differences || o.AlikeFrom == 0 && o.AlikeTo == 0, "alike", [2]float64{o.AlikeFrom, o.AlikeTo}, "no --alike: " + string(o.On) + " are of one image"},
		{o.On == Differences || !slices.Contains(o.Masks, loss.Reverses), "mask", o.Masks, "images or texts: " + string(o.On) + " have no reverse"},
		{known, "trainable", o.Trainable, trainableForms},
		{o.Steps >= 0, "steps", o.Steps, "0 or more"},
		{o.Steps > 0 || o.Epochs > 0, "epochs", o.Epochs, "1 or more where steps is 0"},
		{o.Batch >= 2, "batch", o.Batch, "2 or more: the other differences of a batch are the negatives"},
		{o.LR > 0, "lr", o.LR, "above 0"},
		{o.Gamma > 0 && o.Gamma <= 1, "gamma", o.Gamma, "above 0, at most 1"},
		{o.Beta1 >= 0 && o.Beta1 < 1, "beta1", o.Beta1, "0 up to 1"},
		{o.Beta2 >= 0 && o.Beta2 < 1, "beta2", o.Beta2, "0 up to 1"},
		{o.Eps > 0, "eps", o.Eps, "above 0"},
		{o.WeightDecay >= 0, "weight-decay", o.WeightDecay, "0 or more"},
		{o.Temperature > 0, "temperature", o.Temperature, "above 0"},
		{o.Learning == loss.Fixed || o.Objective == InfoNCE, "temperature", o.Learning, "a number: the squared objective has no temperature to learn"},
		{o.Learning != loss.Clamped || o.Temperature >= .01 && o.Temperature <= 1, "temperature", o.Temperature, "0.01 to 1, between which it is clamped"},
		{len(o.Masks) == 0 || o.Objective == InfoNCE, "mask", o.Masks, "none: the squared objective has no negatives"},
		{o.L2Start >= 0 && !math.IsInf(o.L2Start, 1), "l2-start", o.L2Start, "0 or more"},
		{o.EMA >= 0 && o.EMA < 1, "ema", o.EMA, "0 up to 1, such as 0.9"},
		{o.Clip >= 0 && !math.IsInf(o.Clip, 1), "clip", o.Clip, "0 or more"},
		{o.Chunks >= 0, "chunks", o.Chunks, "0 or more"},
		{o.MicroBatch >= 0, "micro-batch", o.MicroBatch, "0 or more"},
		{slices.Contains([]Precision{FP32, TF32, BF16}, o.Precision), "precision", o.Precision, "fp32, tf32 or bf16"},
		{o.Bucket >= 0, "bucket", o.Bucket, "0 or more"},
		{o.CaptionLoss >= 0 && !math.IsInf(o.CaptionLoss, 1), "caption-loss", o.CaptionLoss, "0 or more"},
		{o.PeakTFLOPS >= 0 && !math.IsInf(o.PeakTFLOPS, 1), "peak-tflops", o.PeakTFLOPS, "0 or more"},
		{o.CheckpointMinutes >= 0, "checkpoint-minutes", o.CheckpointMinutes, "0 or more"},
		{o.OnNonfinite == Stop || o.OnNonfinite == Skip || o.OnNonfinite == Rollback, "on-nonfinite", o.OnNonfinite, "stop, skip or rollback"},
		{o.ValidateEvery >= 0, "validate-every", o.ValidateEvery, "0 or more"},
		{o.Best == "loss" || o.Best == "top1", "best", o.Best, "loss or top1"},
		{o.Anchor >= 0 && !math.IsInf(o.Anchor, 1), "anchor", o.Anchor, "0 or more"},
		{o.Anchor == 0 && o.CaptionLoss == 0 || o.AnchorBatch >= 1, "anchor-batch", o.AnchorBatch, "1 or more"},
		{o.LogEvery >= 1, "log-every", o.LogEvery, "1 or more"},
		{o.CheckpointEvery >= 0, "checkpoint-every", o.CheckpointEvery, "0 or more"},
		{o.Keep >= 0, "keep", o.Keep, "0 or more"},
		{o.Profile >= 0, "profile", o.Profile, "0 or more"},
		{slices.Contains([]string{"", "auto", "gloo", "nccl"}, o.Exchange), "exchange", o.Exchange, "auto, gloo or nccl"},
		{o.Threads >= 0, "threads", o.Threads, "0 or more"},
	}
	for _, c := range checks {
		if !c.ok {
			return fault.Input("read options", "--"+c.field, "give "+c.want, "%v is out of range", c.value)
		}
	}
	return nil
}
