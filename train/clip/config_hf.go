package clip

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/pcclip/pcclip/train/clip/imageproc"
)

const hfPreprocessorConfig = "preprocessor_config.json"

// parseHF reads the config.json of a CLIPModel and, where there is one, its
// preprocessor_config.json. Keys that say nothing about the model are many in
// such files and are passed over.
func parseHF(data, pre []byte) (Config, error) {
	f := newFields("config", data)
	if kind := f.string("model_type", "clip"); kind != "clip" {
		return Config{}, fmt.Errorf("config.model_type is %q: only \"clip\" is supported", kind)
	}
	c := Config{EmbedDim: f.int("projection_dim", 512)}
	if f.err != nil {
		return Config{}, f.err
	}
	var visionAct, textAct string
	var err error
	if c.Vision, visionAct, err = hfVision(hfPart(f, "vision_config")); err != nil {
		return Config{}, err
	}
	if c.Text, textAct, err = hfText(hfPart(f, "text_config")); err != nil {
		return Config{}, err
	}
	if visionAct != textAct {
		return Config{}, fmt.Errorf("vision_config.hidden_act %q and text_config.hidden_act %q differ: this is not supported", visionAct, textAct)
	}
	c.QuickGELU = textAct == "quick_gelu"
	c.Preprocess, err = hfPreprocess(pre, c.Vision.ImageSize)
	return c, err
}

// hfPart gives one tower's keys. Old files hold KEY_dict beside KEY; where it is
// set, it and the defaults hold, as in transformers.
func hfPart(f *fields, key string) *fields {
	if raw := f.get(key + "_dict"); raw != nil {
		return newFields(key+"_dict", raw)
	}
	if raw := f.get(key); raw != nil {
		return newFields(key, raw)
	}
	return newFields(key, []byte("{}"))
}

// hfTower reads what both towers share: width, layers, heads, MLP ratio, activation.
func hfTower(f *fields, width, heads int) (w, layers, h int, ratio float64, act string) {
	w = f.int("hidden_size", width)
	layers = f.int("num_hidden_layers", 12)
	h = f.int("num_attention_heads", heads)
	hidden := f.int("intermediate_size", 4*width)
	act = f.string("hidden_act", "quick_gelu")
	f.neutral(map[string][]any{
		"hidden_act":        {"gelu", "quick_gelu"},
		"layer_norm_eps":    {LayerNormEps},
		"attention_dropout": {0.0},
		"dropout":           {0.0},
	})
	if f.err != nil {
		return w, layers, h, ratio, act
	}
	if w < 1 || h < 1 || w%h != 0 {
		f.err = fmt.Errorf("%s: hidden_size %d is not a multiple of num_attention_heads %d", f.where, w, h)
		return w, layers, h, ratio, act
	}
	ratio = float64(hidden) / float64(w)
	if int(float64(w)*ratio) != hidden {
		ratio = math.Nextafter(ratio, math.Inf(1))
	}
	return w, layers, h, ratio, act
}

func hfVision(f *fields) (Vision, string, error) {
	width, layers, heads, ratio, act := hfTower(f, 768, 12)
	f.neutral(map[string][]any{"num_channels": {3.0}})
	v := Vision{
		ImageSize: f.side("image_size", 224),
		PatchSize: f.side("patch_size", 32),
		Width:     width,
		Layers:    layers,
		MLPRatio:  ratio,
	}
	if f.err != nil {
		return Vision{}, "", f.err
	}
	v.HeadWidth = width / heads
	return v, act, nil
}

func hfText(f *fields) (Text, string, error) {
	width, layers, heads, ratio, act := hfTower(f, 512, 8)
	t := Text{
		Context:  f.int("max_position_embeddings", 77),
		Vocab:    f.int("vocab_size", TokenizerVocab),
		Width:    width,
		Heads:    heads,
		Layers:   layers,
		MLPRatio: ratio,
	}
	// 2 stands for "the largest id"; any other id is looked for as it is, which
	// is the same only for the last id of the vocabulary.
	end := f.int("eos_token_id", TokenizerVocab-1)
	if f.err == nil && end != 2 && end != t.Vocab-1 {
		f.err = fmt.Errorf("%s.eos_token_id is %d: with vocab_size %d only 2 and %d are supported", f.where, end, t.Vocab, t.Vocab-1)
	}
	return t, act, f.err
}

// hfPreprocess reads a preprocessor_config.json for a model of this image size;
// without one, OpenAI's preprocessing holds.
func hfPreprocess(data []byte, size int) (Preprocess, error) {
	p := DefaultPreprocess()
	if data == nil {
		return p, nil
	}
	f := newFields(hfPreprocessorConfig, data)
	p.Mean = f.triple("image_mean", p.Mean)
	p.Std = f.triple("image_std", p.Std)
	f.neutral(map[string][]any{
		"resample":     {3.0},
		"do_resize":    {true},
		"do_normalize": {true},
		"do_rescale":   {true},
	})
	if r := f.float("rescale_factor", 1.0/255); math.Abs(r*255-1) > 1e-6 {
		f.fail("rescale_factor", f.get("rescale_factor"), "only 1/255 is supported")
	}
	resize, shortest, err := hfSize(f, "size", size)
	if err != nil {
		return p, err
	}
	crop, _, err := hfSize(f, "crop_size", size)
	if err != nil {
		return p, err
	}
	cropped := f.bool("do_center_crop", true)
	switch {
	case f.err != nil:
		return p, f.err
	case resize != size || (cropped && crop != size):
		return p, fmt.Errorf("%s resizes to %d and crops to %d: the model's image_size is %d", f.where, resize, crop, size)
	case !shortest:
		p.ResizeMode = imageproc.Squash
	case !cropped:
		return p, fmt.Errorf("%s keeps the aspect ratio and does not crop: this is not supported", f.where)
	}
	return p, nil
}

// hfSize reads 224, {"shortest_edge": 224} or {"height": 224, "width": 224};
// shortest is false for the last.
func hfSize(f *fields, key string, def int) (size int, shortest bool, err error) {
	raw := f.get(key)
	if raw == nil {
		return def, true, nil
	}
	if json.Unmarshal(raw, &size) == nil {
		return size, true, nil
	}
	var s struct {
		Shortest int `json:"shortest_edge"`
		Height   int `json:"height"`
		Width    int `json:"width"`
	}
	if json.Unmarshal(raw, &s) != nil {
		return 0, false, fmt.Errorf("%s.%s is %s: a size is needed", f.where, key, short(raw))
	}
	if s.Shortest > 0 {
		return s.Shortest, true, nil
	}
	if s.Height != s.Width {
		return 0, false, errors.New(f.where + "." + key + " is not square: this is not supported")
	}
	return s.Height, false, nil
}
