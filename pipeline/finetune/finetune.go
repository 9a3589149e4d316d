// Package finetune finds what a training needs in a run folder: shards,
// embeddings, images. It reads manifests and plans and trains nothing.
package finetune

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"

	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/clip"
)

// Embeddings gives the place of a run's image embeddings by some weights.
func Embeddings(run, weights string) string {
	return filepath.Join(run, "embeddings", weights+".parquet")
}

// Refs lists the images of a plan, for embedding.
func Refs(plan *sample.Plan) []train.ImageRef {
	refs := make([]train.ImageRef, 0, len(plan.Images()))
	for _, img := range plan.Images() {
		refs = append(refs, train.ImageRef{ID: img.ID, Name: img.FileName})
	}
	return refs
}

// Captions lists the captions of a run's images of a split, in plan order.
func Captions(run, split string) ([]train.Caption, error) {
	plan, err := sample.Load(run)
	if err != nil {
		return nil, err
	}
	var out []train.Caption
	for _, img := range plan.Images() {
		if img.Split != split {
			continue
		}
		for _, c := range img.Captions {
			out = append(out, train.Caption{Image: img.ID, Text: c.Text()})
		}
	}
	return out, nil
}

// Job gives the finetuning of a model on a run's training rows, or on those of
// from, where that is not empty; see Rows. Embeddings and captions are the run's.
func Job(run, from, model, name string, o train.Options) (train.Job, error) {
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return train.Job{}, fault.Input("train", "--name", "give a plain name, such as first", "%q is no name for a folder", name)
	}
	_, weights, err := clip.Read(model)
	if err != nil {
		return train.Job{}, err
	}
	job := train.Job{
		Model: model, Embeddings: Embeddings(run, clip.Digest(weights)), Dir: filepath.Join(run, "train", name), Cache: filepath.Join(run, "cache"), Options: o,
	}
	if job.Rows, err = Rows(cmp.Or(from, run), sample.Train, o.On); err != nil {
		return train.Job{}, err
	}
	if _, err := os.Stat(job.Embeddings); err != nil {
		return train.Job{}, fault.Input("train", run, "run pcclip embed --run "+run+" --model "+model+" first", "the run has no embeddings by this model")
	}
	if job.Captions, err = Captions(run, sample.Train); err != nil {
		return train.Job{}, err
	}
	if o.ValidateEvery > 0 {
		if job.Validation, err = Rows(run, sample.Validation, o.On); err != nil {
			return train.Job{}, fault.Input("train", run, "sample with a --validation share above 0, or leave out --validate-every", "the run has no validation rows")
		}
	}
	return job, nil
}
