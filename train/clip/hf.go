package clip

import (
	"fmt"
	"strings"

	"github.com/pcclip/pcclip/train/clip/safetensors"
)

// hfName gives Hugging Face's name of an open_clip parameter, "" for the fused
// query, key and value projections, which are three tensors there. transposed
// says that the matrix is stored the other way round.
func hfName(name string) (hf string, transposed bool) {
	tower, rest := "text_model.", name
	if r, ok := strings.CutPrefix(name, "visual."); ok {
		tower, rest = "vision_model.", r
	}
	switch rest {
	case "logit_scale":
		return "logit_scale", false
	case "text_projection":
		return "text_projection.weight", true
	case "proj":
		return "visual_projection.weight", true
	case "token_embedding.weight":
		return tower + "embeddings.token_embedding.weight", false
	case "positional_embedding":
		return tower + "embeddings.position_embedding.weight", false
	case "class_embedding":
		return tower + "embeddings.class_embedding", false
	case "conv1.weight":
		return tower + "embeddings.patch_embedding.weight", false
	}
	for from, to := range map[string]string{"ln_final.": "final_layer_norm.", "ln_pre.": "pre_layrnorm.", "ln_post.": "post_layernorm."} {
		if r, ok := strings.CutPrefix(rest, from); ok {
			return tower + to + r, false
		}
	}
	block, ok := strings.CutPrefix(rest, "transformer.resblocks.")
	if !ok {
		panic("clip: no Hugging Face name for " + name)
	}
	index, part, _ := strings.Cut(block, ".")
	if strings.HasPrefix(part, "attn.in_proj_") {
		return "", false
	}
	for from, to := range map[string]string{
		"attn.out_proj.": "self_attn.out_proj.", "ln_1.": "layer_norm1.", "ln_2.": "layer_norm2.",
		"mlp.c_fc.": "mlp.fc1.", "mlp.c_proj.": "mlp.fc2.",
	} {
		if r, ok := strings.CutPrefix(part, from); ok {
			return fmt.Sprintf("%sencoder.layers.%s.%s%s", tower, index, to, r), false
		}
	}
	panic("clip: no Hugging Face name for " + name)
}

// hfProjections gives the three names of a fused projection.
func hfProjections(name string) [3]string {
	tower, rest := "text_model.", name
	if r, ok := strings.CutPrefix(name, "visual."); ok {
		tower, rest = "vision_model.", r
	}
	index, part, _ := strings.Cut(strings.TrimPrefix(rest, "transformer.resblocks."), ".")
	kind := strings.TrimPrefix(part, "attn.in_proj_") // weight or bias
	var out [3]string
	for i, p := range []string{"q", "k", "v"} {
		out[i] = fmt.Sprintf("%sencoder.layers.%s.self_attn.%s_proj.%s", tower, index, p, kind)
	}
	return out
}

func readHF(f *safetensors.File, specs []Spec) ([]Weight, error) {
	var out []Weight
	known := map[string]bool{}
	for _, s := range specs {
		data, err := readHFWeight(f, s, known)
		if err != nil {
			return nil, err
		}
		out = append(out, Weight{Spec: s, Data: data})
	}
	return out, unknown(f, known)
}

func readHFWeight(f *safetensors.File, s Spec, known map[string]bool) ([]float32, error) {
	name, transposed := hfName(s.Name)
	if name == "" {
		var data []float32
		part := append([]int{s.Shape[0] / 3}, s.Shape[1:]...)
		for _, p := range hfProjections(s.Name) {
			known[p] = true
			d, err := readTensor(f, p, part)
			if err != nil {
				return nil, err
			}
			data = append(data, d...)
		}
		return data, nil
	}
	known[name] = true
	if !transposed {
		return readTensor(f, name, s.Shape)
	}
	data, err := readTensor(f, name, []int{s.Shape[1], s.Shape[0]})
	if err != nil {
		return nil, err
	}
	return transpose(data, s.Shape[1], s.Shape[0]), nil
}

// toHF gives the weights under Hugging Face's names and shapes.
func toHF(_ Config, weights []Weight) ([]Weight, error) {
	var out []Weight
	for _, w := range weights {
		name, transposed := hfName(w.Name)
		switch {
		case name == "":
			part := append([]int{w.Shape[0] / 3}, w.Shape[1:]...)
			n := len(w.Data) / 3
			for i, p := range hfProjections(w.Name) {
				out = append(out, Weight{Spec: Spec{p, part}, Data: w.Data[i*n : (i+1)*n]})
			}
		case transposed:
			shape := []int{w.Shape[1], w.Shape[0]}
			out = append(out, Weight{Spec: Spec{name, shape}, Data: transpose(w.Data, w.Shape[0], w.Shape[1])})
		default:
			out = append(out, Weight{Spec: Spec{name, w.Shape}, Data: w.Data})
		}
	}
	return out, nil
}

// transpose turns [rows,cols] into [cols,rows].
func transpose(data []float32, rows, cols int) []float32 {
	out := make([]float32, len(data))
	for r := range rows {
		for c := range cols {
			out[c*rows+r] = data[r*cols+c]
		}
	}
	return out
}
