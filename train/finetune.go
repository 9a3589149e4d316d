//go:build libtorch

package train

import (
	"context"
	"errors"
	"runtime"

	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/torch"
)

// Finetune trains the text tower of job.Model on the differences of job.Shards
// and leaves checkpoints, metrics.jsonl and the final model in job.Dir. On
// cancellation it saves a checkpoint and gives an error with exit code
// Interrupted; with job.Resume it goes on from the newest good checkpoint.
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
	base, err := model.Digest(ctx)
	if err != nil {
		return Report{}, err
	}
	if err := fitsTokenizer(job.Model, model.Config()); err != nil {
		return Report{}, err
	}
	data, err := loadDifferences(ctx, job, base, model.Config().Text.Context)
	if err != nil {
		return Report{}, err
	}
	held, err := newAnchor(ctx, th, model, job)
	if err != nil {
		return Report{}, err
	}
	if held != nil {
		data.digest += "+" + held.digest
	}
	if err := model.SetTrainable(ctx, o.group); err != nil {
		return Report{}, err
	}
	f := finetuning{options: o, th: th, model: model, data: data, anchor: held, batches: Batches{N: data.len(), Batch: o.Batch, Seed: o.Seed}}
	l := loop{
		dir: job.Dir, th: th, model: model, params: model.Params(), options: o, base: base, data: data.digest, steps: f.steps(),
		checkpointEvery: o.CheckpointEvery, keep: o.Keep, logEvery: o.LogEvery, resumable: job.Resume, step: f.step,
		report: Report{Differences: data.len(), Full: data.full},
	}
	return l.run(ctx, progress)
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

// finetuning is what a step needs.
type finetuning struct {
	options Options
	th      *torch.Thread
	model   *clip.Model
	data    *differences
	anchor  *anchor // nil without one
	batches Batches
}

func (f *finetuning) steps() int {
	if f.options.Steps > 0 {
		return f.options.Steps
	}
	return f.options.Epochs * f.batches.PerEpoch()
}

// step does one forward, backward and update, and gives its metrics.
func (f *finetuning) step(n int) (Metric, error) {
	o, epoch := f.options, f.batches.Epoch(n)
	batch := f.data.batch(f.batches.At(n))
	m := Metric{Step: n + 1, Epoch: epoch, LR: o.rate(epoch), Samples: len(batch.texts), Skipped: batch.skipped}
	if len(batch.texts) < 2 {
		return m, errors.New("fewer than two differences between distinct embeddings in the batch")
	}
	err := f.th.Do(context.Background(), func(s *torch.Scope) error {
		texts := s.Normalize(f.model.EncodeTexts(s, batch.texts))
		deltas := s.FromFloat32(batch.deltas, len(batch.texts), f.data.dim)
		loss := objective(s, o, texts, deltas)
		total := loss.value
		if f.anchor != nil {
			held := f.anchor.loss(s, f.model, n)
			m.Anchor = s.Item(held)
			total = s.Add(total, held)
		}
		params := f.model.Params()
		params.ZeroGrad(s)
		s.Backward(total)
		params.AdamW(s, torch.AdamW{Step: m.Step, LR: m.LR, Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, WeightDecay: o.WeightDecay})
		m.Loss, m.Cosine, m.Top1 = s.Item(total), s.Item(loss.cosine), s.Item(loss.top1)
		return nil
	})
	return m, err
}

// group gives the optimiser's group of a parameter of open_clip's name: weight
// decay on matrices only.
func (o Options) group(name string, shape []int) torch.Group {
	switch {
	case !trainable(o.Trainable, name):
		return torch.Frozen
	case len(shape) > 1 && o.WeightDecay > 0:
		return torch.Decayed
	}
	return torch.Plain
}
