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
	batch, length := shape[0], shape[1]
	rows, places := make([]int64, batch), make([]int64, batch*length)
	for i := range places {
		rows[i/length], places[i] = int64(i/length*length), int64(i%length)
	}
	ends := s.Add(s.ArgMax(ids, 1), s.FromInt64(rows, batch))
	x := m.place(s, s.Reshape(ids, -1), s.FromInt64(places, len(places)))
	return m.projectText(s, m.textBlocks(s, x, []torch.Part{{Sequences: int64(batch), Length: int64(length)}}, ends))
}

// place embeds ids [N] at their places in a text [N] -> [N,W].
func (m *Model) place(s *torch.Scope, ids, places *torch.Tensor) *torch.Tensor {
	return s.Add(s.Embedding(m.params.At("token_embedding.weight"), ids), s.Embedding(m.params.At("positional_embedding"), places))
}

// textBlocks runs the text tower's blocks on the positions of texts, which parts
// tells apart: [N,W] -> [B,W], the last block's output at the positions ends [B]
// int64. No padding mask: nothing looks ahead (open_clip's CLIP class).
func (m *Model) textBlocks(s *torch.Scope, x *torch.Tensor, parts []torch.Part, ends *torch.Tensor) *torch.Tensor {
	for i := range m.config.Text.Layers {
		x = m.textBlock(s, i, x, parts, ends)
	}
	return x
}

// textBlock is block i of the text tower; the last one gives ends alone.
func (m *Model) textBlock(s *torch.Scope, i int, x *torch.Tensor, parts []torch.Part, ends *torch.Tensor) *torch.Tensor {
	t := m.config.Text
	read := func(x *torch.Tensor) *torch.Tensor { return s.IndexSelect(x, 0, ends) }
	return m.block(s, x, fmt.Sprintf("transformer.resblocks.%d.", i), heads{t.Heads, parts, true}, last(i, t.Layers, read))
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
	length := s.Shape(x)[1]
	x = s.Reshape(s.Add(x, m.params.At("visual.positional_embedding")), batch*length, width)
	x = m.norm(s, x, "visual.ln_pre")
	read := func(x *torch.Tensor) *torch.Tensor { // the class token
		return s.Select(s.Reshape(x, batch, length, width), 1, 0)
	}
	over := heads{v.Heads(), []torch.Part{{Sequences: int64(batch), Length: int64(length)}}, false}
	for i := range v.Layers {
		x = m.block(s, x, fmt.Sprintf("visual.transformer.resblocks.%d.", i), over, last(i, v.Layers, read))
	}
	return s.MatMul(m.norm(s, x, "visual.ln_post"), m.params.At("visual.proj"))
}

// heads says what a block's attention goes over.
type heads struct {
	n      int
	parts  []torch.Part
	causal bool
}

// block is one pre-norm transformer block: the positions of all sequences, x
// [N,W] -> [N,W]. With read, which takes B of them, only their output is
// computed: -> [B,W].
func (m *Model) block(s *torch.Scope, x *torch.Tensor, name string, over heads, read func(*torch.Tensor) *torch.Tensor) *torch.Tensor {
	y := m.attend(s, m.norm(s, x, name+"ln_1"), name+"attn.", over)
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

// attend is multi-head self-attention up to its output projection: x [N,W] ->
// [N,W].
func (m *Model) attend(s *torch.Scope, x *torch.Tensor, name string, over heads) *torch.Tensor {
	qkv := m.adaptInput(s, name, x, m.linear(s, x, name+"in_proj_weight", name+"in_proj_bias"))
	return s.Attention(qkv, over.n, over.parts, over.causal)
}

func (m *Model) norm(s *torch.Scope, x *torch.Tensor, name string) *torch.Tensor {
	return s.LayerNorm(x, m.params.At(name+".weight"), m.params.At(name+".bias"), LayerNormEps)
}

func (m *Model) linear(s *torch.Scope, x *torch.Tensor, weight, bias string) *torch.Tensor {
	return s.Linear(x, m.params.At(weight), m.params.At(bias))
}
