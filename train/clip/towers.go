//go:build libtorch

package clip

import (
	"fmt"
	"slices"

	"github.com/pcclip/pcclip/train/torch"
)

// textChunks is the number of length-sorted parts of a batch of texts.
const textChunks = 4

// minChunkedTexts is the batch from which cutting pays.
const minChunkedTexts = 64

// EncodeTexts embeds texts given as ids from start to end of text, of differing
// lengths: -> [len(texts), D] float32, not normalised. The batch is sorted by
// length into parts, each padded only to its own longest text: exact, because
// the mask is causal and a text is read at its end.
func (m *Model) EncodeTexts(s *torch.Scope, texts [][]int32) *torch.Tensor {
	sorted := make([]int, len(texts))
	for i := range sorted {
		sorted[i] = i
	}
	slices.SortStableFunc(sorted, func(a, b int) int { return len(texts[a]) - len(texts[b]) })
	parts := 1
	if len(texts) >= minChunkedTexts {
		parts = textChunks
	}
	var out []*torch.Tensor
	for p := range parts {
		part := sorted[p*len(sorted)/parts : (p+1)*len(sorted)/parts]
		out = append(out, m.encodePart(s, texts, part))
	}
	back := make([]int64, len(texts))
	for at, i := range sorted {
		back[i] = int64(at)
	}
	return s.IndexSelect(s.Cat(0, out...), 0, s.FromInt64(back, len(back)))
}

// encodePart embeds some of the texts, in the given order.
func (m *Model) encodePart(s *torch.Scope, texts [][]int32, part []int) *torch.Tensor {
	length := len(texts[part[len(part)-1]])
	ids := make([]int64, len(part)*length)
	ends := make([]int64, len(part))
	for row, i := range part {
		for k, id := range texts[i] {
			ids[row*length+k] = int64(id)
		}
		ends[row] = int64(row*length + end(texts[i]))
	}
	x := m.textBlocks(s, s.FromInt64(ids, len(part), length))
	flat := s.Reshape(x, len(part)*length, m.config.Text.Width)
	return m.projectText(s, s.IndexSelect(flat, 0, s.FromInt64(ends, len(ends))))
}

// end gives the position a text is read at: the first of its largest ids.
func end(ids []int32) int {
	best := 0
	for i, id := range ids {
		if id > ids[best] {
			best = i
		}
	}
	return best
}

// textBlocks runs the text tower up to its last block: ids [B,L] int64 ->
// [B,L,W]. No padding mask: nothing looks ahead (open_clip's CLIP class).
func (m *Model) textBlocks(s *torch.Scope, ids *torch.Tensor) *torch.Tensor {
	length := s.Shape(ids)[1]
	x := s.Embedding(m.params.At("token_embedding.weight"), ids)
	x = s.Add(x, s.Narrow(m.params.At("positional_embedding"), 0, 0, length))
	for i := range m.config.Text.Layers {
		x = m.block(s, x, fmt.Sprintf("transformer.resblocks.%d.", i), m.config.Text.Heads, true)
	}
	return x
}

// projectText maps positions of the last block into the shared space:
// [B,W] -> [B,D]. The norm works on each position alone, so it may follow the
// choice of positions.
func (m *Model) projectText(s *torch.Scope, x *torch.Tensor) *torch.Tensor {
	return s.MatMul(m.norm(s, x, "ln_final"), m.params.At("text_projection"))
}

// EncodeImage embeds images: pixels [B,3,S,S] float32, preprocessed -> [B,D]
// float32, not normalised.
func (m *Model) EncodeImage(s *torch.Scope, pixels *torch.Tensor) *torch.Tensor {
	v := m.config.Vision
	batch, width := s.Shape(pixels)[0], v.Width
	x := s.Patches(pixels, m.params.At("visual.conv1.weight"))             // [B,V,G,G]
	x = s.Transpose(s.Reshape(x, batch, width, v.Grid()*v.Grid()), 1, 2)   // [B,G*G,V]
	class := s.Reshape(m.params.At("visual.class_embedding"), 1, 1, width) // [1,1,V]
	x = s.Cat(1, s.Expand(class, batch, 1, width), x)
	x = m.norm(s, s.Add(x, m.params.At("visual.positional_embedding")), "visual.ln_pre")
	for i := range v.Layers {
		x = m.block(s, x, fmt.Sprintf("visual.transformer.resblocks.%d.", i), v.Heads(), false)
	}
	return s.MatMul(m.norm(s, s.Select(x, 1, 0), "visual.ln_post"), m.params.At("visual.proj"))
}

// block is one pre-norm transformer block: x [B,L,W] -> [B,L,W].
func (m *Model) block(s *torch.Scope, x *torch.Tensor, name string, heads int, causal bool) *torch.Tensor {
	x = s.Add(x, m.attention(s, m.norm(s, x, name+"ln_1"), name+"attn.", heads, causal))
	h := m.linear(s, m.norm(s, x, name+"ln_2"), name+"mlp.c_fc.weight", name+"mlp.c_fc.bias")
	if m.config.QuickGELU {
		h = s.QuickGELU(h)
	} else {
		h = s.GELU(h)
	}
	return s.Add(x, m.linear(s, h, name+"mlp.c_proj.weight", name+"mlp.c_proj.bias"))
}

// attention is multi-head self-attention: x [B,L,W] -> [B,L,W].
func (m *Model) attention(s *torch.Scope, x *torch.Tensor, name string, heads int, causal bool) *torch.Tensor {
	shape := s.Shape(x)
	batch, length, width := shape[0], shape[1], shape[2]
	qkv := s.Reshape(m.linear(s, x, name+"in_proj_weight", name+"in_proj_bias"), batch, length, 3, heads, width/heads)
	head := func(i int) *torch.Tensor { return s.Transpose(s.Select(qkv, 2, i), 1, 2) } // [B,H,L,W/H]
	y := s.Attention(head(0), head(1), head(2), causal)
	y = s.Reshape(s.Transpose(y, 1, 2), batch, length, width)
	return m.linear(s, y, name+"out_proj.weight", name+"out_proj.bias")
}

func (m *Model) norm(s *torch.Scope, x *torch.Tensor, name string) *torch.Tensor {
	return s.LayerNorm(x, m.params.At(name+".weight"), m.params.At(name+".bias"), LayerNormEps)
}

func (m *Model) linear(s *torch.Scope, x *torch.Tensor, weight, bias string) *torch.Tensor {
	return s.Linear(x, m.params.At(weight), m.params.At(bias))
}
