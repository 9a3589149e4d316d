// Package finetune finds what a training needs in a run folder: shards,
// embeddings, images. It reads manifests and plans and trains nothing.
package finetune

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards"
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
	_, weights, err := clip.Read(model)
	if err != nil {
		return train.Job{}, err
	}
	job := train.Job{
		Model: model, Embeddings: Embeddings(run, clip.Digest(weights)), Dir: filepath.Join(run, "train", name), Cache: filepath.Join(run, "cache"), Options: o,
	}
	if job.Rows, err = rows(run, sample.Train, o.On); err != nil {
		return train.Job{}, err
	}
	if _, err := os.Stat(job.Embeddings); err != nil {
		return train.Job{}, fault.Input("train", run, "run pcclip embed --run "+run+" --model "+model+" first", "the run has no embeddings by this model")
	}
	if job.Captions, err = Captions(run, sample.Train); err != nil {
		return train.Job{}, err
	}
	if o.ValidateEvery > 0 {
		if job.Validation, err = rows(run, sample.Validation, o.On); err != nil {
			return train.Job{}, fault.Input("train", run, "sample with a --validation share above 0, or leave out --validate-every", "the run has no validation rows")
		}
	}
	return job, nil
}

// rows gives what a run has of a split to train on.
func rows(run, split string, on train.Texts) (train.Rows, error) {
	out := train.Rows{From: run}
	var err error
	if on == train.Captions {
		if out.Captions, err = Captions(run, split); err == nil && len(out.Captions) == 0 {
			err = fault.Input("list captions", run, "sample more images", "no image of the split %s", split)
		}
		return out, err
	}
	if out.Shards, err = Shards(run, split); err != nil {
		return out, err
	}
	rewritten, err := rewrites(run, out.Shards[0])
	switch {
	case err != nil:
		return out, err
	case on == train.Rewrites && !rewritten:
		return out, fault.Input("train", run, "give a --run of the same plan that was generated with --prompt rewrite", "the run's texts are differences")
	case on == train.Differences && rewritten:
		return out, fault.Input("train", run, "give --on rewrites, or a --run with differences", "the run's texts are rewritten captions")
	}
	return out, nil
}

// rewrites says whether a run asked for captions: its manifest names the rules
// that judge those alone, and before there is one the rows name the prompt.
func rewrites(run, shard string) (bool, error) {
	m, err := shards.ReadManifest(filepath.Join(run, "manifest.json"))
	if err == nil {
		return strings.HasPrefix(m.Run.Rules, "caption/"), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	for row, err := range shards.ReadRows(shard) {
		return row.PromptID == "rewrite", err
	}
	return false, nil
}
