//go:build libtorch

package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/loss"
	"github.com/pcclip/pcclip/train/torch"
)

// finetuning is what a step needs.
type finetuning struct {
	options   Options
	th        *torch.Thread
	model     *clip.Model
	base      string // digest of the weights that model began with
	optimiser *optimiser
	data      *differences
	anchor    *anchor     // nil without one
	mix       *captionMix // nil without one
	validator *validator  // nil without one
	crew      *crew       // nil alone
	batches   Batches
	ahead     *ahead[finetuneBatch]
	meter     *meter
}

// finetuneBatch is what a step takes from the host.
type finetuneBatch struct {
	sampleBatch
	captions [][]int32    // held in place
	vectors  []float32    // where they were, row-major
	mixed    captionBatch // captions with their images
}

func (f *finetuning) close() {
	f.ahead.stop()
	f.optimiser.close(f.th)
	f.model.Close()
}

func (f *finetuning) loop(job Job) *loop {
	o := f.options
	digest := f.data.digest
	if f.anchor != nil {
		digest += "+" + f.anchor.digest
	}
	if f.mix != nil {
		digest += "+" + f.mix.digest
	}
	return &loop{
		dir: job.Dir, th: f.th, model: f.model, optimiser: f.optimiser, policy: o.OnNonfinite, options: o, base: f.base, data: digest, steps: f.steps(),
		checkpointEvery: o.CheckpointEvery, checkpointAfter: time.Duration(o.CheckpointMinutes * float64(time.Minute)), keep: o.Keep, logEvery: o.LogEvery, resumable: job.Resume,
		step: f.step, describe: f.describe, validator: f.validator, crew: f.crew, profiler: f.profiler(job),
		report: Report{Differences: f.data.len(), Truncated: f.data.long, OneWay: f.oneWay()},
	}
}

// profiler gives that of the process that leads.
func (f *finetuning) profiler(job Job) *profiler {
	if job.Place.Rank > 0 {
		return nil
	}
	return newProfiler(job.Dir, f.th, f.options.Profile)
}

func (f *finetuning) oneWay() int {
	if !f.options.Reversed {
		return 0
	}
	return f.data.oneWay
}

func (f *finetuning) steps() int {
	if f.options.Steps > 0 {
		return f.options.Steps
	}
	return f.options.Epochs * f.batches.PerEpoch()
}

// gather makes the batch of step n; it runs ahead of the steps.
func (f *finetuning) gather(n int) finetuneBatch {
	b := finetuneBatch{sampleBatch: f.data.batch(f.batches.At(n))}
	if f.anchor != nil {
		b.captions, b.vectors = f.anchor.batch(n)
	}
	if f.mix != nil {
		b.mixed = f.mix.batch(n)
	}
	return b
}

// all gives every text of the step.
func (b finetuneBatch) all() [][]int32 { return slices.Concat(b.texts, b.captions, b.mixed.texts) }

// step does one forward, backward and update. Only with look does it wait for
// the device and read what there is to tell.
func (f *finetuning) step(n int, look bool) (Metric, error) {
	var batch finetuneBatch
	f.meter.wait(func() { batch = f.ahead.at(n) })
	epoch, samples := f.batches.Epoch(n), len(batch.texts)
	m := Metric{Step: n + 1, Epoch: epoch, LR: f.options.rate(epoch), Samples: samples, Skipped: batch.skipped}
	if samples < 2 {
		return m, errors.New("fewer than two differences between distinct embeddings in the batch")
	}
	err := f.th.Do(context.Background(), func(s *torch.Scope) error {
		params := f.model.Params()
		params.ZeroGrad(s)
		texts := f.crew.encode(s, f.model, batch.all(), f.options.encoding())
		found := f.objective(s, texts.value, batch)
		s.Backward(found.total)
		texts.back(s)
		total, norm := f.optimiser.update(s, n+1, m.LR, found.total)
		if f.options.Learning == loss.Clamped {
			params.Clamp(s, loss.LogScale, 0, loss.MaxLogScale)
		}
		f.count(batch)
		if look {
			f.look(s, &m, found, total, norm)
		}
		return nil
	})
	return m, f.crew.told(err)
}

// found is the loss of a step and what is worth watching beside it, scalars.
type found struct {
	total        *torch.Tensor // to be minimised
	held         *torch.Tensor // the part of the anchor; nil without one
	mixed        *torch.Tensor // the part of the captions with their images; nil without one
	cosine, top1 *torch.Tensor
}

// objective gives the loss of features: B texts, then captions held in place,
// then captions with their images.
func (f *finetuning) objective(s *torch.Scope, texts *torch.Tensor, batch finetuneBatch) found {
	units := s.Normalize(texts)
	n := len(batch.texts)
	out := f.contrast(s, s.Narrow(units, 0, 0, n), batch.sampleBatch)
	if len(batch.captions) > 0 {
		was := s.FromFloat32(batch.vectors, len(batch.captions), f.data.dim)
		out.held = s.MulScalar(loss.Anchor(s, s.Narrow(units, 0, n, len(batch.captions)), was), f.anchor.weight)
		out.total = s.Add(out.total, out.held)
	}
	if more := len(batch.mixed.texts); more > 0 {
		out.mixed = f.mix.loss(s, s.Narrow(units, 0, n+len(batch.captions), more), f.model.LogitScale(), batch.mixed)
		out.total = s.Add(out.total, out.mixed)
	}
	return out
}

// contrast gives the loss of unit texts [B,D] against their differences of
// unit image embeddings.
func (f *finetuning) contrast(s *torch.Scope, texts *torch.Tensor, batch sampleBatch) found {
	o := f.options
	if o.Centre {
		texts = loss.Centre(s, texts)
	}
	deltas := s.FromFloat32(batch.deltas, len(batch.texts), f.data.dim)
	cosines := s.MatMul(texts, s.Transpose(s.Normalize(deltas), 0, 1)) // [B,B], row = text
	logits := loss.Hide(s, loss.Scale(s, cosines, o.Temperature, f.model.Params()), batch.rows, o.Masks)
	out := found{cosine: s.Mean(s.Diagonal(cosines)), top1: s.Top1(logits)}
	switch o.Objective {
	case InfoNCE:
		out.total = loss.InfoNCE(s, logits)
	case Squared:
		out.total = loss.Squared(s, texts, deltas)
	}
	return out
}

// score is what the validator asks for.
func (f *finetuning) score(s *torch.Scope, batch sampleBatch) (value, top1 *torch.Tensor) {
	texts := s.Normalize(encodeTexts(s, f.model, batch.texts, f.options.encoding()).value)
	out := f.contrast(s, texts, batch)
	return out.total, out.top1
}

// count adds a step to the meter.
func (f *finetuning) count(batch finetuneBatch) {
	texts := batch.all()
	useful, positions := f.options.encoding().positions(f.model, texts)
	f.meter.done(len(batch.texts), useful, positions)
	set, _ := parseTrainable(f.options.Trainable)
	f.meter.work(stepFLOPs(f.model.Config(), set, texts) / float64(f.crew.size()))
}

// look waits for the device and fills in what it knows.
func (f *finetuning) look(s *torch.Scope, m *Metric, found found, total, norm *torch.Tensor) {
	m.Loss, m.GradNorm, m.Cosine, m.Top1 = s.Item(total), s.Item(norm), s.Item(found.cosine), s.Item(found.top1)
	if found.held != nil {
		m.Anchor = s.Item(found.held)
	}
	if found.mixed != nil {
		m.Captions = s.Item(found.mixed)
	}
	if f.options.L2Start > 0 {
		m.Pull = m.Loss - s.Item(found.total)
	}
	if f.options.Learning != loss.Fixed {
		m.Temperature = math.Exp(-s.Item(f.model.Params().At(loss.LogScale)))
	}
	m.Speed = f.meter.speed(s.PeakMemory())
}
