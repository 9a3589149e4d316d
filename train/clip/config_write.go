package clip

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

type openCLIPFile struct {
	Model      openCLIPModel      `json:"model_cfg"`
	Preprocess openCLIPPreprocess `json:"preprocess_cfg"`
}

type openCLIPModel struct {
	EmbedDim  int            `json:"embed_dim"`
	QuickGELU bool           `json:"quick_gelu,omitempty"`
	Vision    openCLIPVision `json:"vision_cfg"`
	Text      openCLIPText   `json:"text_cfg"`
}

type openCLIPVision struct {
	ImageSize int     `json:"image_size"`
	Layers    int     `json:"layers"`
	Width     int     `json:"width"`
	HeadWidth int     `json:"head_width,omitempty"`
	MLPRatio  float64 `json:"mlp_ratio,omitempty"`
	PatchSize int     `json:"patch_size"`
}

type openCLIPText struct {
	Context  int     `json:"context_length"`
	Vocab    int     `json:"vocab_size"`
	Width    int     `json:"width"`
	Heads    int     `json:"heads"`
	Layers   int     `json:"layers"`
	MLPRatio float64 `json:"mlp_ratio,omitempty"`
}

type openCLIPPreprocess struct {
	Mean          [3]float64 `json:"mean"`
	Std           [3]float64 `json:"std"`
	Interpolation string     `json:"interpolation"`
	ResizeMode    string     `json:"resize_mode"`
}

// WriteConfig writes c as an open_clip_config.json, which open_clip loads from
// the folder of a model (`local-dir:`). The same c gives the same bytes; what
// open_clip defaults to is left out.
func WriteConfig(path string, c Config) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("write model config %s: %w", path, err)
	}
	v, t, p := c.Vision, c.Text, c.Preprocess
	file := openCLIPFile{
		Model: openCLIPModel{
			EmbedDim:  c.EmbedDim,
			QuickGELU: c.QuickGELU,
			Vision:    openCLIPVision{ImageSize: v.ImageSize, Layers: v.Layers, Width: v.Width, PatchSize: v.PatchSize},
			Text:      openCLIPText{Context: t.Context, Vocab: t.Vocab, Width: t.Width, Heads: t.Heads, Layers: t.Layers},
		},
		Preprocess: openCLIPPreprocess(p),
	}
	if v.HeadWidth != defaultHeadWidth {
		file.Model.Vision.HeadWidth = v.HeadWidth
	}
	if v.MLPRatio != defaultMLPRatio {
		file.Model.Vision.MLPRatio = v.MLPRatio
	}
	if t.MLPRatio != defaultMLPRatio {
		file.Model.Text.MLPRatio = t.MLPRatio
	}
	return writeJSON(path, file)
}

// writeJSON writes v beside path and renames it, so that path is whole or absent.
func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(data, '\n'))
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("rename %s: %w", path, err)
	}
	return nil
}
