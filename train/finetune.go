//go:build libtorch

package train

import (
	"context"
	"runtime"
	"slices"

	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/loss"
	"github.com/pcclip/pcclip/train/torch"
)

// Finetune trains the text tower of job.Model on the differences of job.Shards
// and leaves checkpoints, metrics.jsonl, an event file and the final model in
// job.Dir. On cancellation it saves a checkpoint and gives an error with exit
// code Interrupted; with job.Resume it goes on from the newest good checkpoint.
func Finetune(ctx context.Context, job Job, progress Progress) (Report, error) {
	o := job.Options
	if err := o.Validate(); err != nil {
		return Report{}, err
	}
	th, err := torch.Start(o.torch())
	if err != nil {
		return Report{}, err
	}
	defer th.Close()
	model, err := clip.Load(ctx, th, job.Model)
	if err != nil {
		return Report{}, err
	}
	defer model.Close()
	if err := fitsTokenizer(job.Model, model.Config()); err != nil {
		return Report{}, err
	}
	base, err := model.Digest(ctx)
	if err != nil {
		return Report{}, err
	}
	f, err := newFinetuning(ctx, th, model, job, base)
	if err != nil {
		return Report{}, err
	}
	defer f.close()
	l := f.loop(job, base)
	return l.run(ctx, progress)
}

// newFinetuning reads the data, embeds what is to be held in place, and decides
// what is trained.
func newFinetuning(ctx context.Context, th *torch.Thread, model *clip.Model, job Job, base string) (*finetuning, error) {
	o := job.Options
	f := &finetuning{options: o, th: th, model: model, meter: newMeter()}
	if err := f.read(ctx, job, base); err != nil {
		return nil, err
	}
	var err error
	if f.anchor, err = newAnchor(ctx, th, model, job); err != nil {
		return nil, err
	}
	if err := o.train(ctx, model); err != nil {
		return nil, err
	}
	f.optimiser = &optimiser{
		params: model.Params(), clip: o.Clip, pull: o.L2Start, ema: o.EMA, stay: o.OnNonfinite != Skip,
		adam: torch.AdamW{Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, WeightDecay: o.WeightDecay},
	}
	f.batches = Batches{N: f.data.len(), Batch: o.Batch, Seed: o.Seed}
	f.ahead = newAhead(f.steps(), f.gather)
	return f, f.optimiser.open(ctx, th)
}

// read takes in the embeddings, and the differences to train on and, where
// asked for, to validate on.
func (f *finetuning) read(ctx context.Context, job Job, base string) error {
	o, textLen := f.options, f.model.Config().Text.Context
	table, err := ReadTable(job.Embeddings, base)
	if err != nil {
		return err
	}
	table.normalise()
	from := source{shards: job.Shards, reversed: o.Reversed, control: o.Control, seed: o.Seed}
	if f.data, err = loadDifferences(ctx, job, from, table, textLen); err != nil {
		return err
	}
	if slices.Contains(o.Masks, loss.Texts) {
		f.data.number()
	}
	if o.ValidateEvery == 0 {
		return nil
	}
	rows, err := loadDifferences(ctx, job, source{shards: job.Validation, reversed: o.Reversed}, table, textLen)
	if err != nil {
		return err
	}
	f.validator = newValidator(rows, o)
	f.validator.score = f.score
	return nil
}

// train gives gradients to the chosen parameters, adapters and temperature
// among them.
func (o Options) train(ctx context.Context, model *clip.Model) error {
	set, _ := parseTrainable(o.Trainable)
	config := model.Config()
	if err := set.fits(config.Text.Layers); err != nil {
		return err
	}
	added := loss.ScaleParams(o.Temperature, o.Learning)
	if set.kind == "lora" {
		added = append(added, clip.Adapters(config, set.n, o.Seed)...)
	}
	return model.SetTrainable(ctx, func(name string, shape []int) torch.Group {
		switch {
		case !set.trains(name, config.Text.Layers):
			return torch.Frozen
		case len(shape) > 1 && o.WeightDecay > 0: // weight decay on matrices only
			return torch.Decayed
		}
		return torch.Plain
	}, added...)
}

// torch gives the thread's options: in deterministic mode one core, because
// sums over several depend on their number.
func (o Options) torch() torch.Options {
	threads := o.Threads
	if threads == 0 {
		threads = runtime.NumCPU()
		if o.Deterministic {
			threads = 1
		}
	}
	return torch.Options{Threads: threads, Device: o.Device, Deterministic: o.Deterministic}
}
