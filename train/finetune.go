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
	table, err := ReadTable(job.Embeddings, base)
	if err != nil {
		return nil, err
	}
	table.normalise()
	textLen := model.Config().Text.Context
	data, err := loadDifferences(ctx, job, source{shards: job.Shards, reversed: o.Reversed, control: o.Control, seed: o.Seed}, table, textLen)
	if err != nil {
		return nil, err
	}
	f := &finetuning{options: o, th: th, model: model, data: data, batches: Batches{N: data.len(), Batch: o.Batch, Seed: o.Seed}, meter: newMeter()}
	if f.anchor, err = newAnchor(ctx, th, model, job); err != nil {
		return nil, err
	}
	if o.ValidateEvery > 0 {
		rows, err := loadDifferences(ctx, job, source{shards: job.Validation, reversed: o.Reversed}, table, textLen)
		if err != nil {
			return nil, err
		}
		f.validator = newValidator(rows, o)
		f.validator.score = f.score
	}
	if slices.Contains(o.Masks, loss.Texts) {
		data.number()
	}
	if err := o.train(ctx, model); err != nil {
		return nil, err
	}
	f.optimiser = &optimiser{
		params: model.Params(), clip: o.Clip, pull: o.L2Start, ema: o.EMA, stay: o.OnNonfinite != Skip,
		adam: torch.AdamW{Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, WeightDecay: o.WeightDecay},
	}
	f.ahead = newAhead(f.steps(), f.gather)
	return f, f.optimiser.open(ctx, th)
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
