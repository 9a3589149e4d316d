package clip

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
)

// InitialLogitScale is ln(1/0.07), where CLIP's learned scale starts.
var InitialLogitScale = float32(math.Log(1 / .07))

// Init gives the weights of a new model: both towers as open_clip initialises
// the text tower of its CLIP class, drawn from a stream of their own for each parameter: the same on every
// machine, whatever the order.
func Init(c Config, seed int64) []Weight {
	var out []Weight
	for _, s := range c.Specs() {
		w := Weight{Spec: s, Data: make([]float32, s.count())}
		std, constant := c.initial(s.Name)
		if std > 0 {
			fillNormal(w.Data, std, seed, s.Name)
		} else {
			for i := range w.Data {
				w.Data[i] = constant
			}
		}
		out = append(out, w)
	}
	return out
}

// initial gives the standard deviation of a parameter, or, where that is 0,
// the constant it starts at (open_clip: init_parameters of both towers).
func (c Config) initial(name string) (std float64, constant float32) {
	visual := strings.HasPrefix(name, "visual.")
	width, layers := float64(c.Text.Width), float64(c.Text.Layers)
	if visual {
		width, layers = float64(c.Vision.Width), float64(c.Vision.Layers)
	}
	switch {
	case name == "logit_scale":
		return 0, InitialLogitScale
	case name == "token_embedding.weight":
		return .02, 0
	case name == "positional_embedding":
		return .01, 0
	case strings.HasSuffix(name, ".bias") || strings.HasSuffix(name, "_bias"):
		return 0, 0
	case strings.Contains(name, "ln_"):
		return 0, 1
	case strings.HasSuffix(name, "attn.in_proj_weight"):
		return math.Pow(width, -.5), 0
	case strings.HasSuffix(name, "attn.out_proj.weight"), strings.HasSuffix(name, "mlp.c_proj.weight"):
		return math.Pow(width, -.5) * math.Pow(2*layers, -.5), 0
	case strings.HasSuffix(name, "mlp.c_fc.weight"):
		return math.Pow(2*width, -.5), 0
	case name == "visual.conv1.weight": // the spread of PyTorch's default for convolutions
		return math.Pow(float64(3*3*c.Vision.PatchSize*c.Vision.PatchSize), -.5), 0
	}
	return math.Pow(width, -.5), 0 // projections, class and image position embeddings
}

func fillNormal(data []float32, std float64, seed int64, name string) {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(uint64(seed), h.Sum64()))
	for i := range data {
		data[i] = float32(float64(r.NormFloat64()) * std)
	}
}
