//go:build libtorch

package clip

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/pcclip/pcclip/train/torch"
)

// projections are the parts of a block's attention that adapters stand on; the
// first three are thirds of in_proj_weight.
var projections = []string{"q", "k", "v", "out"}

const (
	loraDown = ".lora_a" // [R,W]
	loraUp   = ".lora_b" // [W,R]
)

// Adapters gives LoRA's parameters of rank r for the text tower: each projection
// W x of q, k, v and out becomes W x + B A x (arXiv 2106.09685, its factor
// alpha/r at 1). B starts at zero, A uniform in ±1/sqrt(W), as peft has it. Give
// them to SetTrainable; Weights, Save and Digest then give merged weights.
func Adapters(c Config, rank int, seed int64) []torch.Param {
	r := rand.New(rand.NewPCG(uint64(seed), 0x10_4a))
	width := c.Text.Width
	bound := 1 / math.Sqrt(float64(width))
	var out []torch.Param
	for i := range c.Text.Layers {
		for _, p := range projections {
			name := fmt.Sprintf("transformer.resblocks.%d.attn.%s", i, p)
			down := make([]float32, rank*width)
			for k := range down {
				down[k] = float32((2*r.Float64() - 1) * bound)
			}
			out = append(out,
				torch.Param{Name: name + loraDown, Shape: []int{rank, width}, Data: down},
				torch.Param{Name: name + loraUp, Shape: []int{width, rank}, Data: make([]float32, width*rank)})
		}
	}
	return out
}

// Adapted says whether weights differ from the parameters of their name by
// adapters.
func (m *Model) Adapted() bool { return m.params.Has("transformer.resblocks.0.attn.q" + loraDown) }

// adapt adds an adapter's part to y, what its projection makes of x.
func (m *Model) adapt(s *torch.Scope, name string, x, y *torch.Tensor) *torch.Tensor {
	if !m.params.Has(name + loraDown) {
		return y
	}
	down := s.MatMul(x, s.Transpose(m.params.At(name+loraDown), 0, 1)) // [..,R]
	return s.Add(y, s.MatMul(down, s.Transpose(m.params.At(name+loraUp), 0, 1)))
}

// adaptInput adds the parts of q, k and v to y [N,3W]; name ends in "attn.".
func (m *Model) adaptInput(s *torch.Scope, name string, x, y *torch.Tensor) *torch.Tensor {
	if !m.params.Has(name + "q" + loraDown) {
		return y
	}
	width := s.Shape(x)[1]
	thirds := make([]*torch.Tensor, 3)
	for i := range thirds {
		thirds[i] = m.adapt(s, name+projections[i], x, s.Narrow(y, 1, i*width, width))
	}
	return s.Cat(1, thirds...)
}

// merged gives a weight with what its adapters add.
func (m *Model) merged(s *torch.Scope, name string) *torch.Tensor {
	w := m.params.At(name)
	attn, isInput := strings.CutSuffix(name, "in_proj_weight")
	if isInput && m.params.Has(attn+"q"+loraDown) {
		return s.Add(w, s.Cat(0, m.product(s, attn+"q"), m.product(s, attn+"k"), m.product(s, attn+"v")))
	}
	attn, isOutput := strings.CutSuffix(name, "out_proj.weight")
	if isOutput && m.params.Has(attn+"out"+loraDown) {
		return s.Add(w, m.product(s, attn+"out"))
	}
	return w
}

func (m *Model) product(s *torch.Scope, name string) *torch.Tensor {
	return s.MatMul(m.params.At(name+loraUp), m.params.At(name+loraDown))
}
