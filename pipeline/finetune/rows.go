package finetune

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train"
)

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

// Rows gives what there is of a split to train on: of a run folder, a release, a
// folder of Parquet files or one such file, which then are of every split.
func Rows(from, split string, on train.Texts) (train.Rows, error) {
	out := train.Rows{From: from}
	var err error
	if on == train.Captions {
		if out.Captions, err = Captions(from, split); err == nil && len(out.Captions) == 0 {
			err = fault.Input("list captions", from, "sample more images", "no image of the split %s", split)
		}
		return out, err
	}
	if out.Shards, err = files(from, split); err != nil {
		return out, err
	}
	rewritten, err := rewrites(from, out.Shards[0])
	switch {
	case err != nil:
		return out, err
	case on == train.Rewrites && !rewritten:
		return out, fault.Input("train", from, "give rows that were generated with --prompt rewrite, of the same images", "the texts are differences")
	case on == train.Differences && rewritten:
		return out, fault.Input("train", from, "give --on rewrites, or rows with differences", "the texts are rewritten captions")
	}
	return out, nil
}

// files lists the Parquet files of a split.
func files(from, split string) ([]string, error) {
	info, err := os.Stat(from)
	switch {
	case err != nil:
		return nil, fault.Input("list rows", from, "give a run folder, a release, or Parquet files of rows", "%w", err)
	case !info.IsDir():
		return []string{from}, nil
	}
	if run, err := Shards(from, split); err == nil {
		return run, nil
	}
	m, err := shards.ReadManifest(filepath.Join(from, "manifest.json"))
	if err == nil {
		return accepted(from, split, m)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	loose, err := filepath.Glob(filepath.Join(escape(from), "*.parquet"))
	if _, planned := os.Stat(filepath.Join(from, "plan.json")); err != nil || len(loose) == 0 || planned == nil {
		return nil, noShards(from)
	}
	return loose, nil
}

// accepted lists the files of accepted rows that a release's manifest names.
func accepted(from, split string, m *shards.Manifest) (out []string, err error) {
	for _, f := range m.Files {
		if f.Kind == shards.KindAccepted && f.Split == split && filepath.IsLocal(filepath.FromSlash(f.Path)) {
			out = append(out, filepath.Join(from, filepath.FromSlash(f.Path)))
		}
	}
	if out == nil {
		return nil, noShards(from)
	}
	return out, nil
}

// rewrites says whether captions were asked for: a manifest names the rules
// that judge those alone, and where there is none the rows name the prompt.
func rewrites(from, shard string) (bool, error) {
	m, err := shards.ReadManifest(filepath.Join(from, "manifest.json"))
	if err == nil {
		return forCaptions(from, m.Run.Rules)
	}
	if from != shard && !errors.Is(err, fs.ErrNotExist) { // a single file has none
		return false, err
	}
	for row, err := range shards.ReadRows(shard) {
		return row.PromptID == "rewrite", err
	}
	return false, nil
}

// forCaptions says whether the rules of a version judge captions.
func forCaptions(from, version string) (bool, error) {
	name, err := generate.RulesNamed(from, version)
	if err != nil {
		return false, err
	}
	rules, err := check.Load(name)
	return err == nil && rules.Captions(), err
}
