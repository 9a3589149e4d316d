package clip

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip/imageproc"
)

const (
	// OpenCLIPConfig is the name of a model's configuration in open_clip's layout.
	OpenCLIPConfig = "open_clip_config.json"
	// HFConfig is the name of a model's configuration in Hugging Face's layout.
	HFConfig = "config.json"

	defaultHeadWidth = 64
	defaultMLPRatio  = 4
	maxConfigBytes   = 1 << 20
)

// ReadConfig reads and checks a model's configuration: an open_clip_config.json
// ({model_cfg, preprocess_cfg}), a bare model_cfg as open_clip's own list of
// models has them, or the config.json of a Hugging Face CLIPModel, with the
// preprocessor_config.json beside it if there is one. A path that is a folder
// stands for the configuration in it, open_clip's first. What the file asks for
// and this package lacks is an error that names the key and the value.
func ReadConfig(path string) (Config, error) {
	path, err := configPath(path)
	if err != nil {
		return Config{}, err
	}
	data, err := readSmall(path)
	if err != nil {
		return Config{}, fmt.Errorf("read model config: %w", err)
	}
	c, err := parseConfig(data, filepath.Dir(path))
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		return Config{}, fault.Input("read model config", path, "give the open_clip_config.json or config.json of a CLIP model with two plain transformers", "%w", err)
	}
	return c, nil
}

func configPath(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read model config: %w", err)
	}
	if !info.IsDir() {
		return path, nil
	}
	for _, name := range []string{OpenCLIPConfig, HFConfig} {
		p := filepath.Join(path, name)
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", fault.Input("read model config", path, "give the folder of a CLIP model", "holds neither %s nor %s", OpenCLIPConfig, HFConfig)
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err == nil && len(data) > maxConfigBytes {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxConfigBytes)
	}
	return data, err
}

// parseConfig tells the three forms apart; dir is where the file lies.
func parseConfig(data []byte, dir string) (Config, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return Config{}, fmt.Errorf("parse JSON: %w", err)
	}
	has := func(key string) bool { _, ok := keys[key]; return ok }
	switch {
	case has("model_cfg"):
		return parseOpenCLIP(keys["model_cfg"], keys["preprocess_cfg"])
	case has("vision_cfg") || has("text_cfg"):
		return parseOpenCLIP(data, nil)
	case has("text_config") || has("vision_config") || has("model_type") || has("text_config_dict"):
		pre, err := readSmall(filepath.Join(dir, hfPreprocessorConfig))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Config{}, fmt.Errorf("read %s: %w", hfPreprocessorConfig, err)
		}
		return parseHF(data, pre)
	}
	return Config{}, errors.New("has none of model_cfg, vision_cfg, text_config")
}

// parseOpenCLIP reads a model_cfg and, where there is one, a preprocess_cfg.
func parseOpenCLIP(model, pre []byte) (Config, error) {
	f := newFields("model_cfg", model)
	c := Config{
		EmbedDim:  f.required("embed_dim"),
		QuickGELU: f.bool("quick_gelu", false),
	}
	f.neutral(openCLIPNeutral)
	// The value of the weights holds, never the initial one.
	f.ignore("init_logit_scale")
	vision, text := f.get("vision_cfg"), f.get("text_cfg")
	f.unknown()
	if f.err == nil && (vision == nil || text == nil) {
		f.err = errors.New("model_cfg needs both vision_cfg and text_cfg")
	}
	if f.err != nil {
		return Config{}, f.err
	}
	var err error
	if c.Vision, err = parseVision(vision); err != nil {
		return Config{}, err
	}
	if c.Text, err = parseText(text); err != nil {
		return Config{}, err
	}
	c.Preprocess, err = parsePreprocess(pre)
	return c, err
}

func parseVision(data []byte) (Vision, error) {
	f := newFields("vision_cfg", data)
	var blocks []int
	if raw := f.get("layers"); raw != nil && json.Unmarshal(raw, &blocks) == nil {
		f.fail("layers", raw, "a ResNet image tower is not supported")
	}
	v := Vision{
		ImageSize: f.side("image_size", 224),
		PatchSize: f.side("patch_size", 16),
		Width:     f.int("width", 768),
		Layers:    f.int("layers", 12),
		HeadWidth: f.int("head_width", defaultHeadWidth),
		MLPRatio:  f.float("mlp_ratio", defaultMLPRatio),
	}
	f.neutral(towerNeutral)
	f.neutral(visionNeutral)
	f.ignore(visionIgnored...)
	f.unknown()
	return v, f.err
}

func parseText(data []byte) (Text, error) {
	f := newFields("text_cfg", data)
	t := Text{
		Context:  f.int("context_length", 77),
		Vocab:    f.int("vocab_size", TokenizerVocab),
		Width:    f.int("width", 512),
		Heads:    f.int("heads", 8),
		Layers:   f.int("layers", 12),
		MLPRatio: f.float("mlp_ratio", defaultMLPRatio),
	}
	f.neutral(towerNeutral)
	f.neutral(textNeutral)
	f.ignore(textIgnored...)
	f.unknown()
	return t, f.err
}

// parsePreprocess reads a preprocess_cfg; nil and missing keys mean the default.
// As in open_clip, the size is the image tower's whatever stands here.
func parsePreprocess(data []byte) (Preprocess, error) {
	p := DefaultPreprocess()
	if len(data) == 0 || string(data) == "null" {
		return p, nil
	}
	f := newFields("preprocess_cfg", data)
	f.neutral(map[string][]any{"mode": {"RGB"}})
	p = Preprocess{
		Mean:          f.triple("mean", p.Mean),
		Std:           f.triple("std", p.Std),
		Interpolation: f.string("interpolation", p.Interpolation),
		ResizeMode:    f.string("resize_mode", p.ResizeMode),
	}
	if p.Interpolation == "random" { // of training; open_clip evaluates with bicubic
		p.Interpolation = imageproc.Bicubic
	}
	return p, f.err
}

// Options of open_clip with the values that leave its plain CLIP class as it is.
var (
	openCLIPNeutral = map[string][]any{
		"custom_text":           {false},
		"init_logit_bias":       {},
		"nonscalar_logit_scale": {false},
		"multimodal_cfg":        {},
		"output_dict":           {false, true},
	}
	towerNeutral = map[string][]any{
		"ls_init_value":       {},
		"final_ln_after_pool": {false},
		"output_tokens":       {false},
		"act_kwargs":          {map[string]any{}},
		"norm_kwargs":         {map[string]any{}, map[string]any{"eps": LayerNormEps}},
		"block_type":          {"default"},
		"qk_norm":             {false},
		"scaled_cosine_attn":  {false},
		"scale_heads":         {false},
		"scale_attn_inner":    {false},
		"scale_attn":          {false},
		"scale_fc":            {false},
	}
	visionNeutral = map[string][]any{
		"patch_dropout":    {0.0},
		"attentional_pool": {false},
		"no_ln_pre":        {false},
		"pos_embed_type":   {"learnable"},
		"pool_type":        {"tok"},
		"timm_model_name":  {},
	}
	textNeutral = map[string][]any{
		"hf_model_name":     {},
		"hf_tokenizer_name": {},
		"tokenizer_mode":    {},
		"tokenizer_kwargs":  {map[string]any{}},
		"embed_cls":         {false},
		"no_causal_mask":    {false},
		"pool_type":         {"argmax"},
		"proj_type":         {"linear"},
		"proj_bias":         {false},
	}
	// Read by open_clip only together with an option refused above.
	visionIgnored = []string{
		"attn_pooler_queries", "attn_pooler_heads", "timm_model_pretrained", "timm_pool", "timm_proj",
		"timm_proj_bias", "timm_drop", "timm_drop_path",
	}
	textIgnored = []string{"pad_id", "eos_id", "hf_model_pretrained", "hf_proj_type", "hf_pooler_type"}
)
