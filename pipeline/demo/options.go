package demo

import (
	"path/filepath"
	"runtime"

	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/clip"
)

// Options of a demo.
type Options struct {
	Dir      string // everything is kept here
	Cache    string // pretrained weights are kept here between demos; "" keeps none
	Seed     int64  // of the first world
	Seeds    int    // worlds, each with pipeline and models of its own
	Pairs    int64  // planned pairs of a world
	Pretrain train.PretrainOptions
	Splits   []world.Split
	Workers  int // models trained or scored at a time, on one thread each
	Finetune train.Options
}

// DefaultOptions gives the demo of the README: three worlds.
func DefaultOptions(dir, cache string) Options {
	finetune, err := train.Preset("default")
	if err != nil {
		panic("demo: the default preset is missing: " + err.Error())
	}
	finetune.Deterministic, finetune.Device, finetune.CheckpointEvery, finetune.Keep = true, "cpu", 0, 1
	pretrain := train.DefaultPretrain()
	pretrain.Device, pretrain.Threads, pretrain.Keep = "cpu", 1, 1
	return Options{
		Dir: dir, Cache: cache, Seeds: 3, Pairs: 22000, Pretrain: pretrain, Splits: world.Splits(), Workers: runtime.NumCPU(), Finetune: finetune,
	}
}

// Validate names the first field out of range.
func (o Options) Validate() error {
	switch {
	case o.Dir == "":
		return fault.Input("demo", "--run", "name a folder", "no folder")
	case o.Seeds < 1 || o.Seeds > 20:
		return fault.Input("demo", "--seeds", "give 1 to 20", "%d is out of range", o.Seeds)
	case o.Workers < 1:
		return fault.Input("demo", "--workers", "give 1 or more", "%d is out of range", o.Workers)
	}
	return nil
}

// Model is the small CLIP of the demo: 5.45 million parameters, most of them
// the token embedding of CLIP's vocabulary.
func Model() clip.Config {
	grey := [3]float64{.45, .45, .45}
	spread := [3]float64{.27, .27, .27}
	p := clip.DefaultPreprocess()
	p.Mean, p.Std = grey, spread
	return clip.Config{
		EmbedDim:   64,
		Vision:     clip.Vision{ImageSize: world.Pixels, PatchSize: 8, Width: 96, Layers: 3, HeadWidth: 32, MLPRatio: 4},
		Text:       clip.Text{Context: 77, Vocab: clip.TokenizerVocab, Width: 96, Heads: 3, Layers: 3, MLPRatio: 4},
		Preprocess: p,
	}
}

// paths are the places of one seed.
type paths struct{ root string }

func (p paths) world() string                { return filepath.Join(p.root, "world") }
func (p paths) images() string               { return filepath.Join(p.root, "world", "images") }
func (p paths) captions(split string) string { return filepath.Join(p.world(), split+".json") }
func (p paths) run() string                  { return filepath.Join(p.root, "run") }
func (p paths) tasks() string                { return filepath.Join(p.root, "tasks.jsonl") }
func (p paths) pretrained() string           { return filepath.Join(p.root, "run", "train", "pretrained") }
func (p paths) base() string                 { return filepath.Join(p.pretrained(), "model") }
