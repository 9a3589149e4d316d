package experiment

import (
	"runtime"

	"github.com/pcclip/pcclip/pipeline/demo/tasks"
	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/clip"
)

// Options say where and how an experiment is run; they do not change what it
// finds, but for Pretrain and Splits, which make the worlds.
type Options struct {
	Dir       string // everything is kept here
	Cache     string // pretrained weights of worlds are kept here between experiments; "" keeps none
	Workers   int    // models trained or scored at a time, on one thread each
	Pretrain  train.PretrainOptions
	Splits    []world.Split
	TaskPairs int // pairs of a world's difference task
}

// DefaultOptions gives the full world.
func DefaultOptions(dir, cache string) Options {
	pretrain := train.DefaultPretrain()
	pretrain.Device, pretrain.Threads, pretrain.Keep = "cpu", 1, 1
	return Options{Dir: dir, Cache: cache, Workers: runtime.NumCPU(), Pretrain: pretrain, Splits: world.Splits(), TaskPairs: tasks.Pairs}
}

// Validate names the first field out of range.
func (o Options) Validate() error {
	switch {
	case o.Dir == "":
		return fault.Input("experiment", "--run", "name a folder", "no folder")
	case o.Workers < 1:
		return fault.Input("experiment", "--workers", "give 1 or more", "%d is out of range", o.Workers)
	}
	return nil
}

// SmallCLIP is the model of the demo worlds: 5.45 million parameters, most of
// them the token embedding of CLIP's vocabulary.
func SmallCLIP() clip.Config {
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
