package clip

import (
	"fmt"
	"path/filepath"

	"github.com/pcclip/pcclip/train/clip/imageproc"
)

type hfFile struct {
	Architectures []string   `json:"architectures"`
	ModelType     string     `json:"model_type"`
	ProjectionDim int        `json:"projection_dim"`
	LogitScale    float64    `json:"logit_scale_init_value"`
	DType         string     `json:"torch_dtype"`
	Text          hfTextFile `json:"text_config"`
	Vision        hfImgFile  `json:"vision_config"`
}

type hfTowerFile struct {
	ModelType     string  `json:"model_type"`
	HiddenSize    int     `json:"hidden_size"`
	Intermediate  int     `json:"intermediate_size"`
	Layers        int     `json:"num_hidden_layers"`
	Heads         int     `json:"num_attention_heads"`
	Activation    string  `json:"hidden_act"`
	LayerNormEps  float64 `json:"layer_norm_eps"`
	Dropout       float64 `json:"attention_dropout"`
	ProjectionDim int     `json:"projection_dim"`
}

type hfTextFile struct {
	hfTowerFile
	Vocab   int `json:"vocab_size"`
	Context int `json:"max_position_embeddings"`
	Start   int `json:"bos_token_id"`
	End     int `json:"eos_token_id"`
	Pad     int `json:"pad_token_id"`
}

type hfImgFile struct {
	hfTowerFile
	ImageSize int `json:"image_size"`
	PatchSize int `json:"patch_size"`
	Channels  int `json:"num_channels"`
}

type hfPreprocessorFile struct {
	Type       string         `json:"image_processor_type"`
	ConvertRGB bool           `json:"do_convert_rgb"`
	Resize     bool           `json:"do_resize"`
	Size       map[string]int `json:"size"`
	Resample   int            `json:"resample"`
	CenterCrop bool           `json:"do_center_crop"`
	CropSize   map[string]int `json:"crop_size"`
	Rescale    bool           `json:"do_rescale"`
	RescaleBy  float64        `json:"rescale_factor"`
	Normalize  bool           `json:"do_normalize"`
	Mean       [3]float64     `json:"image_mean"`
	Std        [3]float64     `json:"image_std"`
}

// WriteHFConfig writes c into dir as the config.json and preprocessor_config.json
// of a Hugging Face CLIPModel. The same c gives the same bytes.
func WriteHFConfig(dir string, c Config) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("write model config in %s: %w", dir, err)
	}
	v, t, p := c.Vision, c.Text, c.Preprocess
	act := "gelu"
	if c.QuickGELU {
		act = "quick_gelu"
	}
	tower := func(kind string, width, hidden, layers, heads int) hfTowerFile {
		return hfTowerFile{
			ModelType: kind, HiddenSize: width, Intermediate: hidden, Layers: layers, Heads: heads,
			Activation: act, LayerNormEps: LayerNormEps, ProjectionDim: c.EmbedDim,
		}
	}
	err := writeJSON(filepath.Join(dir, HFConfig), hfFile{
		Architectures: []string{"CLIPModel"}, ModelType: "clip", ProjectionDim: c.EmbedDim, LogitScale: 2.6592, DType: "float32",
		Text: hfTextFile{
			hfTowerFile: tower("clip_text_model", t.Width, t.Hidden(), t.Layers, t.Heads),
			Vocab:       t.Vocab, Context: t.Context, Start: t.Vocab - 2, End: t.Vocab - 1, Pad: t.Vocab - 1,
		},
		Vision: hfImgFile{
			hfTowerFile: tower("clip_vision_model", v.Width, v.Hidden(), v.Layers, v.Heads()),
			ImageSize:   v.ImageSize, PatchSize: v.PatchSize, Channels: 3,
		},
	})
	if err != nil {
		return err
	}
	square := map[string]int{"height": v.ImageSize, "width": v.ImageSize}
	pre := hfPreprocessorFile{
		Type: "CLIPImageProcessor", ConvertRGB: true,
		Resize: true, Size: map[string]int{"shortest_edge": v.ImageSize}, Resample: 3,
		CenterCrop: true, CropSize: square, Rescale: true, RescaleBy: 1.0 / 255,
		Normalize: true, Mean: p.Mean, Std: p.Std,
	}
	if p.ResizeMode == imageproc.Squash {
		pre.Size = square
	}
	return writeJSON(filepath.Join(dir, hfPreprocessorConfig), pre)
}
