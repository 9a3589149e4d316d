//go:build libtorch

package train

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/loss"
	"github.com/pcclip/pcclip/train/ranks"
	"github.com/pcclip/pcclip/train/torch"
)

// Finetune trains the text tower of job.Model on the differences of job.Rows
// and leaves checkpoints, metrics.jsonl, an event file and the final model in
// job.Dir. On cancellation it saves a checkpoint and gives an error with exit
// code Interrupted; with job.Resume it goes on from the newest good checkpoint.
func Finetune(ctx context.Context, job Job, progress Progress) (Report, error) {
	o := job.Options
	if err := o.Validate(); err != nil {
		return Report{}, err
	}
	th, err := torch.Start(o.torch(job.Place))
	if err != nil {
		return Report{}, err
	}
	defer th.Close()
	crew, err := join(ctx, th, job.Place, o.Exchange, progress)
	if err != nil {
		return Report{}, err
	}
	defer crew.leave()
	if !crew.leads() {
		progress = NoProgress{}
	}
	f, err := prepare(ctx, th, job)
	if err == nil {
		defer f.close()
	}
	if err := crew.all(err); err != nil {
		return Report{}, err
	}
	f.crew = crew
	return f.loop(job).run(ctx, progress)
}

// prepare loads the model and what a training of it needs.
func prepare(ctx context.Context, th *torch.Thread, job Job) (*finetuning, error) {
	model, err := clip.Load(ctx, th, job.Model)
	if err != nil {
		return nil, err
	}
	f := &finetuning{options: job.Options, th: th, model: model, meter: newMeter()}
	f.meter.peak = job.Options.PeakTFLOPS * 1e12
	if f.meter.peak == 0 && th.Device() == "cuda" {
		f.meter.peak = peakFLOPs(gpuName("/proc"), job.Options.Precision)
	}
	if err := f.open(ctx, job); err != nil {
		model.Close()
		return nil, err
	}
	return f, nil
}

// open reads the data, embeds what is to be held in place, and decides what is
// trained.
func (f *finetuning) open(ctx context.Context, job Job) (err error) {
	o := f.options
	if err := fitsTokenizer(job.Model, f.model.Config()); err != nil {
		return err
	}
	if f.base, err = f.model.Digest(ctx); err != nil {
		return err
	}
	if err := f.read(ctx, job); err != nil {
		return err
	}
	if f.anchor, err = newAnchor(ctx, f.th, f.model, job); err != nil {
		return err
	}
	if err := o.train(ctx, f.model); err != nil {
		return err
	}
	if o.Precision == BF16 { // what is held in place was embedded in full precision
		f.model.UseBFloat16()
	}
	f.optimiser = &optimiser{
		params: f.model.Params(), clip: o.Clip, pull: o.L2Start, ema: o.EMA, stay: o.OnNonfinite != Skip,
		adam: torch.AdamW{Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, WeightDecay: o.WeightDecay},
	}
	f.batches = Batches{N: f.data.len(), Batch: o.Batch, Seed: o.Seed, Window: o.Bucket, Length: f.data.textLen}
	f.ahead = newAhead(f.steps(), f.gather)
	return f.optimiser.open(ctx, f.th)
}

// read takes in the embeddings, and the differences to train on and, where
// asked for, to validate on.
func (f *finetuning) read(ctx context.Context, job Job) error {
	o, textLen := f.options, f.model.Config().Text.Context
	table, err := ReadTable(job.Embeddings, f.base)
	if err != nil {
		return err
	}
	table.normalise()
	from := source{Rows: job.Rows, on: o.On, reversed: o.Reversed, alike: [2]float64{o.AlikeFrom, o.AlikeTo}, control: o.Control, seed: o.Seed}
	if f.data, err = loadDifferences(ctx, job, from, table, textLen); err != nil {
		return err
	}
	if f.data.len() < o.Batch {
		return fault.Input("read rows", job.Rows.From, fmt.Sprintf("give --batch %d or less", f.data.len()), "a batch of %d is more than all %d %s", o.Batch, f.data.len(), o.On.name())
	}
	if slices.Contains(o.Masks, loss.Texts) {
		f.data.number()
	}
	if f.mix, err = newCaptionMix(job, table, textLen); err != nil || o.ValidateEvery == 0 {
		return err
	}
	rows, err := loadDifferences(ctx, job, source{Rows: job.Validation, on: o.On, reversed: o.Reversed}, table, textLen)
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
// sums over several depend on their number; else this process's share of them,
// where several processes run on this machine.
func (o Options) torch(place ranks.Place) torch.Options {
	threads := o.Threads
	if threads == 0 {
		threads = max(1, runtime.NumCPU()/max(1, place.LocalWorld))
		if o.Deterministic {
			threads = 1
		}
	}
	return torch.Options{Threads: threads, TF32: o.Precision == TF32, Device: o.Device, Index: place.LocalRank, Deterministic: o.Deterministic}
}
