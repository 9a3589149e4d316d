//go:build libtorch

package clip

import (
	"fmt"

	"github.com/pcclip/pcclip/train/torch"
)

// EncodeChunks is EncodeTexts in a given number of length-sorted chunks, each
// padded only to its own longest text: exact, because the mask is causal and a
// text is read at its end. Attention alone goes chunk by chunk; all else works
// on the positions of all chunks at once.
func (m *Model) EncodeChunks(s *torch.Scope, texts [][]int32, chunks int) (out *torch.Tensor) {
	cut := m.cut(texts, chunks)
	m.cast(s, func() {
		read := m.textBlocks(s, m.embed(s, cut), cut.parts, s.FromInt64(cut.ends, len(cut.ends)))
		out = m.projectText(s, read)
	})
	if m.half {
		out = s.To(out, torch.Float32)
	}
	return out
}

// EncodeRecomputed is EncodeChunks without the graph of the blocks: of each only
// its input is kept, and back, after Backward of a loss on value, runs one block
// after the other again to bring the gradients into the model (activation
// checkpointing, arXiv 1604.06174).
func (m *Model) EncodeRecomputed(s *torch.Scope, texts [][]int32, chunks int) (value *torch.Tensor, back func(s *torch.Scope)) {
	cut := m.cut(texts, chunks)
	input := m.embed(s, cut)
	saved := m.blockInputs(s, input, cut)
	read := s.Leaf(saved[len(saved)-1])
	var out *torch.Tensor
	m.cast(s, func() { out = m.projectText(s, read) })
	value = s.Leaf(s.To(out, torch.Float32))
	return value, func(s *torch.Scope) {
		s.Backward(s.Sum(s.Mul(s.To(out, torch.Float32), s.LeafGrad(value))))
		grad := m.blocksBack(s, saved, s.LeafGrad(read), cut)
		if m.params.Trains("token_embedding.weight") || m.params.Trains("positional_embedding") {
			s.Backward(s.Sum(s.Mul(input, grad)))
		}
	}
}

// blockInputs gives what goes into each of the text tower's blocks, and last
// what is read of the last one, without a graph.
func (m *Model) blockInputs(s *torch.Scope, x *torch.Tensor, cut cutTexts) []*torch.Tensor {
	saved := []*torch.Tensor{s.Detach(x)}
	s.NoGrad(func() {
		for i := range m.config.Text.Layers {
			var y *torch.Tensor
			s.Nested(func(s *torch.Scope) {
				m.cast(s, func() { y = m.textBlock(s, i, saved[i], cut.parts, s.FromInt64(cut.ends, len(cut.ends))) })
				s.Keep(y)
			})
			s.Take(y)
			saved = append(saved, y)
		}
	})
	return saved
}

// blocksBack runs the blocks again, from the last one to the first, with the
// gradient of what was read of the last, and gives that of what went in.
func (m *Model) blocksBack(s *torch.Scope, saved []*torch.Tensor, grad *torch.Tensor, cut cutTexts) *torch.Tensor {
	for i := m.config.Text.Layers - 1; i >= 0; i-- {
		s.Nested(func(s *torch.Scope) {
			input := s.Leaf(saved[i])
			var y *torch.Tensor
			m.cast(s, func() { y = m.textBlock(s, i, input, cut.parts, s.FromInt64(cut.ends, len(cut.ends))) })
			s.Backward(s.Sum(s.Mul(y, grad)))
			grad = s.LeafGrad(input)
			s.Keep(grad)
		})
		s.Take(grad)
	}
	return grad
}

// cutTexts are the positions of texts in length-sorted chunks, N in all.
type cutTexts struct {
	parts  []torch.Part // the chunks
	ids    []int64      // [N], 0 where a chunk is padded
	places []int64      // [N], of each position in its text
	ends   []int64      // the position at which each text is read, in the order of the texts
}

func (m *Model) cut(texts [][]int32, chunks int) cutTexts {
	m.checkTexts(texts)
	out := cutTexts{ends: make([]int64, len(texts))}
	for _, rows := range CutByLength(texts, chunks) {
		out.add(texts, rows)
	}
	return out
}

// add appends the chunk of the texts that rows names; the last is the longest.
func (c *cutTexts) add(texts [][]int32, rows []int) {
	length := len(texts[rows[len(rows)-1]])
	c.parts = append(c.parts, torch.Part{Sequences: int64(len(rows)), Length: int64(length)})
	for _, row := range rows {
		c.ends[row] = int64(len(c.ids) + end(texts[row]))
		for k := range length {
			id := int64(0)
			if k < len(texts[row]) {
				id = int64(texts[row][k])
			}
			c.ids, c.places = append(c.ids, id), append(c.places, int64(k))
		}
	}
}

// embed gives the positions' ids and places embedded: [N,W].
func (m *Model) embed(s *torch.Scope, cut cutTexts) *torch.Tensor {
	return m.place(s, s.FromInt64(cut.ids, len(cut.ids)), s.FromInt64(cut.places, len(cut.places)))
}

func (m *Model) checkTexts(texts [][]int32) {
	if len(texts) == 0 {
		refuse("no texts are given")
	}
	for i, ids := range texts {
		if len(ids) == 0 || len(ids) > m.config.Text.Context {
			refuse("text %d has %d ids, the model takes 1 to %d", i, len(ids), m.config.Text.Context)
		}
		for _, id := range ids {
			if id < 0 || int(id) >= m.config.Text.Vocab {
				refuse("text %d has the id %d, the vocabulary %d", i, id, m.config.Text.Vocab)
			}
		}
	}
}

// refuse ends the work of the scope with an error.
func refuse(format string, args ...any) {
	panic(&torch.Error{Op: "encode text", Message: fmt.Sprintf(format, args...)})
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
