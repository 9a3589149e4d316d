//go:build libtorch

package train

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/order"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/clip/imageproc"
	"github.com/pcclip/pcclip/train/clip/tokenizer"
	"github.com/pcclip/pcclip/train/loss"
	"github.com/pcclip/pcclip/train/torch"
)

// Pretrain trains both towers of a new CLIP with the caption loss of CLIP:
// one random caption of each image, AdamW, a learned scale. It leaves what
// Finetune leaves, and resumes and stops like it.
func Pretrain(ctx context.Context, job PretrainJob, progress Progress) (Report, error) {
	o := job.Options
	if err := o.Validate(); err != nil {
		return Report{}, err
	}
	if len(job.Images) < 2 {
		return Report{}, fault.Input("pretrain", job.Dir, "give a captions file with more images", "%d images with captions", len(job.Images))
	}
	th, err := torch.Start(torch.Options{Threads: max(o.Threads, 1), Device: o.Device, Deterministic: true})
	if err != nil {
		return Report{}, err
	}
	defer th.Close()
	model, err := clip.New(ctx, th, job.Config, o.Seed)
	if err != nil {
		return Report{}, err
	}
	defer model.Close()
	base, err := model.Digest(ctx)
	if err != nil {
		return Report{}, err
	}
	if err := model.SetTrainable(ctx, pretrainGroup); err != nil {
		return Report{}, err
	}
	p, err := newPretraining(ctx, th, model, job)
	if err != nil {
		return Report{}, err
	}
	defer p.close()
	l := loop{
		dir: job.Dir, th: th, model: model, optimiser: p.optimiser, options: o, base: base, data: p.digest(), steps: o.Steps,
		checkpointEvery: o.CheckpointEvery, keep: o.Keep, logEvery: o.LogEvery, resumable: job.Resume,
		step: p.step, describe: p.describe,
	}
	return l.run(ctx, progress)
}

// pretrainGroup gives the optimiser's group of a parameter: weight decay on
// matrices, none on vectors, scalars and the token embedding.
func pretrainGroup(name string, shape []int) torch.Group {
	if len(shape) > 1 && name != "token_embedding.weight" {
		return torch.Decayed
	}
	return torch.Plain
}

// pretraining is what a step needs.
type pretraining struct {
	job       PretrainJob
	th        *torch.Thread
	model     *clip.Model
	optimiser *optimiser
	tokens    [][][]int32 // by image, by caption
	prep      *imageproc.Transform
	batches   Batches
	ahead     *ahead[captionedBatch]
	meter     *meter
}

func newPretraining(ctx context.Context, th *torch.Thread, model *clip.Model, job PretrainJob) (*pretraining, error) {
	tok, err := tokenizer.New()
	if err != nil {
		return nil, err
	}
	prep, err := imageproc.NewTransform(job.Config.Images())
	if err != nil {
		return nil, err
	}
	if err := fitsTokenizer(job.Dir, job.Config); err != nil {
		return nil, err
	}
	p := &pretraining{
		job: job, th: th, model: model, prep: prep,
		batches: Batches{N: len(job.Images), Batch: job.Options.Batch, Seed: job.Options.Seed}, meter: newMeter(),
	}
	for _, img := range job.Images {
		var ids [][]int32
		for _, c := range img.Captions {
			ids = append(ids, tok.EncodeTo(c, job.Config.Text.Context))
		}
		if len(ids) == 0 {
			return nil, fault.Input("pretrain", img.Name, "leave out images without caption", "the image has no caption")
		}
		p.tokens = append(p.tokens, ids)
	}
	o := job.Options
	p.optimiser = &optimiser{params: model.Params(), stay: true, adam: torch.AdamW{Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, WeightDecay: o.WeightDecay}}
	p.ahead = newAhead(o.Steps, p.load)
	return p, p.optimiser.open(ctx, th)
}

func (p *pretraining) close() {
	p.ahead.stop()
	p.optimiser.close(p.th)
}

// digest names the data: image names and captions, in order.
func (p *pretraining) digest() string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, img := range p.job.Images {
		enc.Encode(img) //nolint:errcheck // strings into a hash
	}
	return hex.EncodeToString(h.Sum(nil))
}

// captionedBatch is a decoded batch: pixels [B,3,S,S] and the ids of one
// caption of each image.
type captionedBatch struct {
	pixels []float32
	texts  [][]int32
	err    error
}

func (p *pretraining) load(step int) captionedBatch {
	samples := p.batches.At(step)
	b := captionedBatch{pixels: make([]float32, len(samples)*p.prep.Len())}
	names := make([]string, len(samples))
	for i, k := range samples {
		names[i] = p.job.Images[k].Name
		choice := order.Hash(p.job.Options.Seed, fmt.Sprintf("caption/%d/%d", step, k))
		b.texts = append(b.texts, p.tokens[k][choice%uint64(len(p.tokens[k]))])
	}
	for i, err := range decodeImages(names, p.job.Open, p.prep, runtime.NumCPU(), b.pixels) {
		if err != nil {
			b.err = fault.Input("pretrain", names[i], "repair or remove the image", "%w", err)
			return b
		}
	}
	return b
}

// describe names the batch of step n, from 0.
func (p *pretraining) describe(n int) string {
	samples := p.batches.At(n)
	return fmt.Sprintf("batch %d of epoch %d, %d images, the first is %s", n%p.batches.PerEpoch()+1, p.batches.Epoch(n), len(samples), p.job.Images[samples[0]].Name)
}

// step does one forward of both towers, backward and update. Only with look does
// it wait for the device.
func (p *pretraining) step(n int, look bool) (Metric, error) {
	o := p.job.Options
	m := Metric{Step: n + 1, Epoch: p.batches.Epoch(n), LR: cosineRate(o.LR, n, o.Warmup, o.Steps)}
	var b captionedBatch
	p.meter.wait(func() { b = p.ahead.at(n) })
	if b.err != nil {
		return m, b.err
	}
	m.Samples = len(b.texts)
	err := p.th.Do(context.Background(), func(s *torch.Scope) error {
		side := p.prep.Size()
		images := s.Normalize(p.model.EncodeImage(s, s.FromFloat32(b.pixels, len(b.texts), 3, side, side)))
		texts := s.Normalize(p.model.EncodeTexts(s, b.texts))
		cosines := s.MatMul(texts, s.Transpose(images, 0, 1))
		value := loss.InfoNCE(s, s.Mul(cosines, s.Exp(p.model.LogitScale())))
		p.model.Params().ZeroGrad(s)
		s.Backward(value)
		_, norm := p.optimiser.update(s, m.Step, m.LR, value)
		p.model.ClampLogitScale(s, 0, loss.MaxLogScale)
		useful, positions := clip.Positions(b.texts, p.model.Chunks(b.texts))
		p.meter.done(len(b.texts), useful, positions)
		if look {
			m.Loss, m.GradNorm, m.Cosine, m.Top1 = s.Item(value), s.Item(norm), s.Item(s.Mean(s.Diagonal(cosines))), s.Item(s.Top1(cosines))
			m.Speed = p.meter.speed(s.PeakMemory())
		}
		return nil
	})
	return m, err
}
