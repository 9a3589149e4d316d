package train

import (
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip"
)

// PretrainOptions decide a training from scratch. Every field but Threads,
// Device, CheckpointEvery, Keep and LogEvery changes the result.
type PretrainOptions struct {
	Steps       int     `json:"steps"`
	Batch       int     `json:"batch"` // image-caption pairs per step, at least 2
	LR          float64 `json:"lr"`    // AdamW's peak step size
	Beta1       float64 `json:"beta1"`
	Beta2       float64 `json:"beta2"`
	Eps         float64 `json:"eps"`
	WeightDecay float64 `json:"weight_decay"` // on matrices other than the token embedding
	Warmup      int     `json:"warmup"`       // steps
	Seed        int64   `json:"seed"`         // of weights, order and choice of captions

	Threads         int    `json:"-"` // of libtorch on a CPU; 0 means 1
	Device          string `json:"-"` // "auto", "cpu" or "cuda"
	CheckpointEvery int    `json:"-"` // steps; 0 means only at the end
	Keep            int    `json:"-"` // checkpoints kept; 0 means all
	LogEvery        int    `json:"-"` // steps between two lines of metrics.jsonl
}

// DefaultPretrain gives what the small CLIP of the demo is trained with.
func DefaultPretrain() PretrainOptions {
	return PretrainOptions{
		Steps: 1300, Batch: 128, LR: 1.5e-3, Beta1: .9, Beta2: .98, Eps: 1e-6, WeightDecay: .1, Warmup: 50,
		Device: "auto", CheckpointEvery: 200, Keep: 2, LogEvery: 10,
	}
}

// Validate names the first field out of range.
func (o PretrainOptions) Validate() error {
	switch {
	case o.Steps < 1:
		return fault.Input("read options", "--steps", "give 1 or more", "%d is out of range", o.Steps)
	case o.Batch < 2:
		return fault.Input("read options", "--batch", "give 2 or more: the other pairs of a batch are the negatives", "%d is out of range", o.Batch)
	case o.LR <= 0:
		return fault.Input("read options", "--lr", "give a step size above 0", "%v is out of range", o.LR)
	case o.LogEvery < 1:
		return fault.Input("read options", "--log-every", "give 1 or more", "%d is out of range", o.LogEvery)
	}
	return nil
}

// Captioned is an image with its captions, at least one.
type Captioned struct {
	Name     string // what OpenImage opens
	Captions []string
}

// PretrainJob says what to train from scratch on what, and where to leave it.
type PretrainJob struct {
	Config  clip.Config
	Images  []Captioned
	Open    OpenImage
	Dir     string // RUN/train/NAME
	Resume  bool
	Options PretrainOptions
}
