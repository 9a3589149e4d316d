// Package finetune finds what a training needs in a run folder: shards,
// embeddings, images. It reads manifests and plans and trains nothing.
package finetune

import (
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

// Captions lists the captions of a run's training images, in plan order.
func Captions(run string) ([]string, error) {
	plan, err := sample.Load(run)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, img := range plan.Images() {
		if img.Split != sample.Train {
			continue
		}
		for _, c := range img.Captions {
			out = append(out, c.Text())
		}
	}
	return out, nil
}

// Shards lists the shards of a split that a run has so far, in plan order.
func Shards(run, split string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(escape(run), "shards", split+"-part-*.parquet"))
	if err != nil || len(paths) == 0 {
		return nil, noShards(run)
	}
	return paths, nil // Glob sorts
}

func noShards(run string) error {
	return fault.Input("list shards", run, "run pcclip generate --run "+run+" first", "the run has no shards")
}

// escape makes a folder's name literal in a pattern.
func escape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// Job gives the finetuning of a model on a run's training shards.
func Job(run, model, name string, o train.Options) (train.Job, error) {
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return train.Job{}, fault.Input("train", "--name", "give a plain name, such as first", "%q is no name for a folder", name)
	}
	files, err := Shards(run, sample.Train)
	if err != nil {
		return train.Job{}, err
	}
	_, weights, err := clip.Read(model)
	if err != nil {
		return train.Job{}, err
	}
	table := Embeddings(run, clip.Digest(weights))
	if _, err := os.Stat(table); err != nil {
		return train.Job{}, fault.Input("train", run, "run pcclip embed --run "+run+" --model "+model+" first", "the run has no embeddings by this model")
	}
	captions, err := Captions(run)
	if err != nil {
		return train.Job{}, err
	}
	job := train.Job{
		Captions: captions, Model: model, Shards: files, Embeddings: table, Dir: filepath.Join(run, "train", name), Cache: filepath.Join(run, "cache"), Options: o,
	}
	if o.ValidateEvery > 0 {
		if job.Validation, err = Shards(run, sample.Validation); err != nil {
			return train.Job{}, fault.Input("train", run, "sample with a --validation share above 0, or leave out --validate-every", "the run has no validation differences")
		}
	}
	return job, nil
}
