package clip

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/train/clip/imageproc"
)

// LayerNormEps is the epsilon of every layer norm of both towers.
const LayerNormEps = 1e-5

// TokenizerVocab is the number of ids of CLIP's tokenizer; its last two are the
// start (49406) and the end (49407) of a text.
const TokenizerVocab = 49408

// Bounds on what a configuration may ask for, so that a damaged file is an
// error and not an allocation.
const (
	maxWidth   = 1 << 14
	maxLayers  = 256
	maxImage   = 4096
	maxContext = 4096
	maxVocab   = 1 << 20
)

// Config describes one CLIP model. All sizes are at least 1.
type Config struct {
	EmbedDim   int  // dimensions of the space both towers map into
	QuickGELU  bool // x*sigmoid(1.702x) in place of the exact GELU, in both towers
	Vision     Vision
	Text       Text
	Preprocess Preprocess
}

// Vision is the image tower: square patches, a class token, pre-norm blocks.
type Vision struct {
	ImageSize int     // side of the input in pixels
	PatchSize int     // side of a patch in pixels
	Width     int     // channels of a block
	Layers    int     // blocks
	HeadWidth int     // channels of one attention head, usually 64
	MLPRatio  float64 // hidden channels of a block's MLP over Width, usually 4
}

// Text is the text tower: causal, pre-norm, read at the first largest id.
type Text struct {
	Context  int     // positions, usually 77
	Vocab    int     // ids, 49408 with CLIP's tokenizer
	Width    int     // channels of a block
	Heads    int     // attention heads of a block
	Layers   int     // blocks
	MLPRatio float64 // hidden channels of a block's MLP over Width, usually 4
}

// Preprocess says how pixels become the image tower's input.
type Preprocess struct {
	Mean          [3]float64 // of red, green, blue in [0, 1]
	Std           [3]float64 // of red, green, blue
	Interpolation string     // "bicubic"
	ResizeMode    string     // "shortest" or "squash"
}

// DefaultPreprocess gives OpenAI's mean and deviation, bicubic, shortest side.
func DefaultPreprocess() Preprocess {
	d := imageproc.DefaultConfig(1)
	return Preprocess{Mean: d.Mean, Std: d.Std, Interpolation: d.Interpolation, ResizeMode: d.ResizeMode}
}

// Names lists the configurations that Named knows, sorted.
func Names() []string {
	return []string{"ViT-B-16", "ViT-B-32", "ViT-H-14", "ViT-L-14"}
}

// quickGELUSuffix is what open_clip appends to a name for its QuickGELU twin.
const quickGELUSuffix = "-quickgelu"

// Named gives a configuration by its open_clip name: the exact GELU, or
// QuickGELU when the name ends in "-quickgelu". The error of an unknown name
// lists the known ones.
func Named(name string) (Config, error) {
	base, quick := strings.CutSuffix(name, quickGELUSuffix)
	c := Config{
		EmbedDim:   512,
		QuickGELU:  quick,
		Vision:     Vision{ImageSize: 224, PatchSize: 32, Width: 768, Layers: 12, HeadWidth: 64, MLPRatio: 4},
		Text:       Text{Context: 77, Vocab: TokenizerVocab, Width: 512, Heads: 8, Layers: 12, MLPRatio: 4},
		Preprocess: DefaultPreprocess(),
	}
	switch base {
	case "ViT-B-32":
	case "ViT-B-16":
		c.Vision.PatchSize = 16
	case "ViT-L-14":
		c.EmbedDim = 768
		c.Vision.PatchSize, c.Vision.Width, c.Vision.Layers = 14, 1024, 24
		c.Text.Width, c.Text.Heads = 768, 12
	case "ViT-H-14":
		c.EmbedDim = 1024
		c.Vision.PatchSize, c.Vision.Width, c.Vision.Layers, c.Vision.HeadWidth = 14, 1280, 32, 80
		c.Text.Width, c.Text.Heads, c.Text.Layers = 1024, 16, 24
	default:
		return Config{}, fmt.Errorf("find model %q: known are %v, each also with %s", name, Names(), quickGELUSuffix)
	}
	return c, nil
}

// Grid gives the number of patches along one side; what is left of the image
// beyond the last whole patch is not seen.
func (v Vision) Grid() int { return v.ImageSize / v.PatchSize }

// Tokens gives the positions of the image tower: the class token and a patch each.
func (v Vision) Tokens() int { return v.Grid()*v.Grid() + 1 }

// Heads gives the number of attention heads of a block.
func (v Vision) Heads() int { return v.Width / v.HeadWidth }

// Hidden gives the hidden channels of a block's MLP.
func (v Vision) Hidden() int { return int(float64(v.Width) * v.MLPRatio) }

// Hidden gives the hidden channels of a block's MLP.
func (t Text) Hidden() int { return int(float64(t.Width) * t.MLPRatio) }

// Images gives the preprocessing of the model's images.
func (c Config) Images() imageproc.Config {
	p := c.Preprocess
	return imageproc.Config{Size: c.Vision.ImageSize, Mean: p.Mean, Std: p.Std, Interpolation: p.Interpolation, ResizeMode: p.ResizeMode}
}

// FitsTokenizer fails when the text tower cannot take the ids of CLIP's tokenizer.
func (c Config) FitsTokenizer() error {
	if c.Text.Vocab != TokenizerVocab {
		return fmt.Errorf("text vocab_size %d does not fit CLIP's tokenizer, which has %d ids", c.Text.Vocab, TokenizerVocab)
	}
	return nil
}

// Validate names the first field that no model can have.
func (c Config) Validate() error {
	v, t := c.Vision, c.Text
	for _, f := range []struct {
		name       string
		value, max int
	}{
		{"embed_dim", c.EmbedDim, maxWidth},
		{"vision image_size", v.ImageSize, maxImage},
		{"vision patch_size", v.PatchSize, maxImage},
		{"vision width", v.Width, maxWidth},
		{"vision layers", v.Layers, maxLayers},
		{"vision head_width", v.HeadWidth, maxWidth},
		{"text context_length", t.Context, maxContext},
		{"text vocab_size", t.Vocab, maxVocab},
		{"text width", t.Width, maxWidth},
		{"text heads", t.Heads, maxWidth},
		{"text layers", t.Layers, maxLayers},
	} {
		if f.value < 1 || f.value > f.max {
			return fmt.Errorf("%s %d is not in 1..%d", f.name, f.value, f.max)
		}
	}
	switch {
	case v.PatchSize > v.ImageSize:
		return fmt.Errorf("vision patch_size %d is larger than image_size %d", v.PatchSize, v.ImageSize)
	case v.Width%v.HeadWidth != 0:
		return fmt.Errorf("vision width %d is not a multiple of head_width %d", v.Width, v.HeadWidth)
	case t.Width%t.Heads != 0:
		return fmt.Errorf("text width %d is not a multiple of heads %d", t.Width, t.Heads)
	}
	if i := slices.IndexFunc([]float64{v.MLPRatio, t.MLPRatio}, badRatio); i >= 0 {
		return fmt.Errorf("%s mlp_ratio is not in (0, 64]", []string{"vision", "text"}[i])
	}
	if v.Hidden() < 1 || t.Hidden() < 1 {
		return fmt.Errorf("mlp_ratio leaves no hidden channels: vision %d, text %d", v.Hidden(), t.Hidden())
	}
	return c.Images().Validate()
}

func badRatio(r float64) bool { return math.IsNaN(r) || r <= 0 || r > 64 }
