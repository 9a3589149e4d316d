package clip

import (
	"fmt"
	"slices"
)

// Spec is a parameter that a model must have: open_clip's name and shape.
type Spec struct {
	Name  string
	Shape []int // empty for a scalar
}

// Specs lists the parameters of a model in open_clip's names, text tower
// first, blocks in order (open_clip's CLIP class).
func (c Config) Specs() []Spec {
	t, v := c.Text, c.Vision
	specs := []Spec{
		{"token_embedding.weight", []int{t.Vocab, t.Width}},
		{"positional_embedding", []int{t.Context, t.Width}},
	}
	specs = append(specs, blocks("transformer.", t.Layers, t.Width, t.Hidden())...)
	specs = append(specs, norm("ln_final", t.Width)...)
	specs = append(specs,
		Spec{"text_projection", []int{t.Width, c.EmbedDim}},
		Spec{"logit_scale", []int{}},
		Spec{"visual.class_embedding", []int{v.Width}},
		Spec{"visual.positional_embedding", []int{v.Tokens(), v.Width}},
		Spec{"visual.conv1.weight", []int{v.Width, 3, v.PatchSize, v.PatchSize}})
	specs = append(specs, norm("visual.ln_pre", v.Width)...)
	specs = append(specs, blocks("visual.transformer.", v.Layers, v.Width, v.Hidden())...)
	specs = append(specs, norm("visual.ln_post", v.Width)...)
	return append(specs, Spec{"visual.proj", []int{v.Width, c.EmbedDim}})
}

func blocks(prefix string, layers, width, hidden int) []Spec {
	var specs []Spec
	for i := range layers {
		b := fmt.Sprintf("%sresblocks.%d.", prefix, i)
		specs = append(specs, norm(b+"ln_1", width)...)
		specs = append(specs,
			Spec{b + "attn.in_proj_weight", []int{3 * width, width}}, Spec{b + "attn.in_proj_bias", []int{3 * width}},
			Spec{b + "attn.out_proj.weight", []int{width, width}}, Spec{b + "attn.out_proj.bias", []int{width}})
		specs = append(specs, norm(b+"ln_2", width)...)
		specs = append(specs,
			Spec{b + "mlp.c_fc.weight", []int{hidden, width}}, Spec{b + "mlp.c_fc.bias", []int{hidden}},
			Spec{b + "mlp.c_proj.weight", []int{width, hidden}}, Spec{b + "mlp.c_proj.bias", []int{width}})
	}
	return specs
}

func norm(name string, width int) []Spec {
	return []Spec{{name + ".weight", []int{width}}, {name + ".bias", []int{width}}}
}

// Weight is a parameter with its numbers, row-major.
type Weight struct {
	Spec
	Data []float32
}

func (s Spec) count() int {
	n := 1
	for _, d := range s.Shape {
		n *= d
	}
	return n
}

func sameShape(a, b []int) bool {
	if len(a) == 0 && len(b) == 1 && b[0] == 1 || len(b) == 0 && len(a) == 1 && a[0] == 1 {
		return true // logit_scale is [] or [1]
	}
	return slices.Equal(a, b)
}
