//go:build libtorch

package clip

import (
	"fmt"

	"github.com/pcclip/pcclip/train/torch"
)

// EncodeTexts embeds texts given as ids from start to end of text, of differing
// lengths: -> [len(texts), D] float32, not normalised. A text that is empty, too
// long or has an id outside the vocabulary is an error of the scope.
func (m *Model) EncodeTexts(s *torch.Scope, texts [][]int32) *torch.Tensor {
	return m.EncodeChunks(s, texts, m.Chunks(texts))
}

// Chunks gives the number of chunks that EncodeTexts cuts texts into.
func (m *Model) Chunks(texts [][]int32) int { return Chunks(texts, m.th.Device() == "cuda") }

// EncodeText embeds padded texts: ids [B,L] int64, L at most the context ->
// [B,D] float32, not normalised. A text is read at the first of its largest
// ids, its end; what follows does not matter.
func (m *Model) EncodeText(s *torch.Scope, ids *torch.Tensor) *torch.Tensor {
	shape := s.Shape(ids)
	if len(shape) != 2 || shape[0] == 0 || shape[1] > m.config.Text.Context {
		refuse("ids of shape %v are not texts of at most %d ids", shape, m.config.Text.Context)
	}
	rows := make([]int64, shape[0])
	for i := range rows {
		rows[i] = int64(i * shape[1])
	}
	ends := s.Add(s.ArgMax(ids, 1), s.FromInt64(rows, len(rows)))
	return m.projectText(s, m.textBlocks(s, m.place(s, s.Embedding(m.params.At("token_embedding.weight"), ids)), ends))
}

// place adds the embedding of positions to embedded ids [B,L,W].
func (m *Model) place(s *torch.Scope, x *torch.Tensor) *torch.Tensor {
	return s.Add(x, s.Narrow(m.params.At("positional_embedding"), 0, 0, s.Shape(x)[1]))
}

// textBlocks runs the text tower's blocks: embedded ids [B,L,W] -> [B,W], the
// last block's output at the positions ends [B] int64 of all B*L. No padding
// mask: nothing looks ahead (open_clip's CLIP class).
func (m *Model) textBlocks(s *torch.Scope, x, ends *torch.Tensor) *torch.Tensor {
	for i := range m.config.Text.Layers {
		x = m.textBlock(s, i, x, ends)
	}
	return x
}

// textBlock is block i of the text tower; the last one gives ends alone.
func (m *Model) textBlock(s *torch.Scope, i int, x, ends *torch.Tensor) *torch.Tensor {
	t := m.config.Text
	read := func(x *torch.Tensor) *torch.Tensor { return s.IndexSelect(s.Reshape(x, -1, t.Width), 0, ends) }
	return m.block(s, x, fmt.Sprintf("transformer.resblocks.%d.", i), t.Heads, true, last(i, t.Layers, read))
}

// last gives read for the last layer and nil for others.
func last(layer, layers int, read func(*torch.Tensor) *torch.Tensor) func(*torch.Tensor) *torch.Tensor {
	if layer == layers-1 {
		return read
	}
	return nil
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
	read := func(x *torch.Tensor) *torch.Tensor { return s.Select(x, 1, 0) } // the class token
	for i := range v.Layers {
		x = m.block(s, x, fmt.Sprintf("visual.transformer.resblocks.%d.", i), v.Heads(), false, last(i, v.Layers, read))
	}
	return s.MatMul(m.norm(s, x, "visual.ln_post"), m.params.At("visual.proj"))
}

// block is one pre-norm transformer block: x [B,L,W] -> [B,L,W]. With read,
// which takes B of the positions, only their output is computed: -> [B,W].
func (m *Model) block(s *torch.Scope, x *torch.Tensor, name string, heads int, causal bool, read func(*torch.Tensor) *torch.Tensor) *torch.Tensor {
	y := m.attend(s, m.norm(s, x, name+"ln_1"), name+"attn.", heads, causal)
	if read != nil {
		x, y = read(x), read(y)
	}
	x = s.Add(x, m.adapt(s, name+"attn.out", y, m.linear(s, y, name+"attn.out_proj.weight", name+"attn.out_proj.bias")))
	h := m.linear(s, m.norm(s, x, name+"ln_2"), name+"mlp.c_fc.weight", name+"mlp.c_fc.bias")
	if m.config.QuickGELU {
		h = s.QuickGELU(h)
	} else {
		h = s.GELU(h)
	}
	return s.Add(x, m.linear(s, h, name+"mlp.c_proj.weight", name+"mlp.c_proj.bias"))
}

// attend is multi-head self-attention up to its output projection: x [B,L,W] ->
// [B,L,W].
func (m *Model) attend(s *torch.Scope, x *torch.Tensor, name string, heads int, causal bool) *torch.Tensor {
	shape := s.Shape(x)
	batch, length, width := shape[0], shape[1], shape[2]
	qkv := s.Reshape(m.adaptInput(s, name, x, m.linear(s, x, name+"in_proj_weight", name+"in_proj_bias")), batch, length, 3, heads, width/heads)
	head := func(i int) *torch.Tensor { return s.Transpose(s.Select(qkv, 2, i), 1, 2) } // [B,H,L,W/H]
	y := s.Attention(head(0), head(1), head(2), causal)
	return s.Reshape(s.Transpose(y, 1, 2), batch, length, width)
}

func (m *Model) norm(s *torch.Scope, x *torch.Tensor, name string) *torch.Tensor {
	return s.LayerNorm(x, m.params.At(name+".weight"), m.params.At(name+".bias"), LayerNormEps)
}

func (m *Model) linear(s *torch.Scope, x *torch.Tensor, weight, bias string) *torch.Tensor {
	return s.Linear(x, m.params.At(weight), m.params.At(bias))
}
