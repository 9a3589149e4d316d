//go:build libtorch

package clip

import (
	"fmt"

	"github.com/pcclip/pcclip/train/torch"
)

// EncodeChunks is EncodeTexts in a given number of length-sorted chunks, each
// padded only to its own longest text: exact, because the mask is causal and a
// text is read at its end.
func (m *Model) EncodeChunks(s *torch.Scope, texts [][]int32, chunks int) (out *torch.Tensor) {
	cut := m.cut(texts, chunks)
	m.cast(s, func() {
		var read []*torch.Tensor
		for i, x := range m.embed(s, cut) {
			read = append(read, m.textBlocks(s, x, s.FromInt64(cut.parts[i].ends, len(cut.parts[i].ends))))
		}
		out = m.projectText(s, s.IndexSelect(s.Cat(0, read...), 0, s.FromInt64(cut.back, len(cut.back))))
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
	inputs := m.embed(s, cut)
	saved, read := make([][]*torch.Tensor, len(inputs)), make([]*torch.Tensor, len(inputs))
	for i, x := range inputs {
		saved[i] = m.blockInputs(s, x, cut.parts[i].ends)
		read[i] = s.Leaf(saved[i][len(saved[i])-1])
	}
	var out *torch.Tensor
	m.cast(s, func() {
		out = m.projectText(s, s.IndexSelect(s.Cat(0, read...), 0, s.FromInt64(cut.back, len(cut.back))))
	})
	value = s.Leaf(s.To(out, torch.Float32))
	return value, func(s *torch.Scope) {
		s.Backward(s.Sum(s.Mul(s.To(out, torch.Float32), s.LeafGrad(value))))
		var ins []*torch.Tensor // of one graph, through which one can go once
		for i, x := range inputs {
			grad := m.blocksBack(s, saved[i], s.LeafGrad(read[i]), cut.parts[i].ends)
			ins = append(ins, s.Sum(s.Mul(x, grad)))
		}
		if m.params.Trains("token_embedding.weight") || m.params.Trains("positional_embedding") {
			s.Backward(s.Sum(s.Stack(0, ins...)))
		}
	}
}

// blockInputs gives what goes into each of the text tower's blocks, and last
// what is read of the last one, without a graph.
func (m *Model) blockInputs(s *torch.Scope, x *torch.Tensor, ends []int64) []*torch.Tensor {
	saved := []*torch.Tensor{s.Detach(x)}
	s.NoGrad(func() {
		for i := range m.config.Text.Layers {
			var y *torch.Tensor
			s.Nested(func(s *torch.Scope) {
				m.cast(s, func() { y = m.textBlock(s, i, saved[i], s.FromInt64(ends, len(ends))) })
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
func (m *Model) blocksBack(s *torch.Scope, saved []*torch.Tensor, grad *torch.Tensor, ends []int64) *torch.Tensor {
	for i := m.config.Text.Layers - 1; i >= 0; i-- {
		s.Nested(func(s *torch.Scope) {
			input := s.Leaf(saved[i])
			var y *torch.Tensor
			m.cast(s, func() { y = m.textBlock(s, i, input, s.FromInt64(ends, len(ends))) })
			s.Backward(s.Sum(s.Mul(y, grad)))
			grad = s.LeafGrad(input)
			s.Keep(grad)
		})
		s.Take(grad)
	}
	return grad
}

// cutTexts are texts in length-sorted chunks, in the order of their ids, and
// where each of them is then.
type cutTexts struct {
	parts []textPart
	ids   []int64
	back  []int64
}

func (m *Model) cut(texts [][]int32, chunks int) cutTexts {
	m.checkTexts(texts)
	out := cutTexts{back: make([]int64, len(texts))}
	at := int64(0)
	for _, rows := range CutByLength(texts, chunks) {
		part := newTextPart(texts, rows)
		out.parts, out.ids = append(out.parts, part), append(out.ids, part.ids...)
		for _, row := range rows {
			out.back[row] = at
			at++
		}
	}
	return out
}

// embed gives the chunks' ids and positions embedded, [B,L,W] each. One look-up
// serves all: its gradient is as large as the vocabulary.
func (m *Model) embed(s *torch.Scope, cut cutTexts) []*torch.Tensor {
	embedded := s.Embedding(m.params.At("token_embedding.weight"), s.FromInt64(cut.ids, len(cut.ids)))
	var out []*torch.Tensor
	start := 0
	for _, p := range cut.parts {
		x := s.Reshape(s.Narrow(embedded, 0, start, len(p.ids)), -1, p.length, m.config.Text.Width)
		out = append(out, m.place(s, x))
		start += len(p.ids)
	}
	return out
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

// textPart is some of the texts, padded to the longest.
type textPart struct {
	length int
	ids    []int64 // rows of length
	ends   []int64 // the position in ids at which each text is read
}

// newTextPart takes the texts that rows names; the last is the longest.
func newTextPart(texts [][]int32, rows []int) textPart {
	p := textPart{length: len(texts[rows[len(rows)-1]])}
	p.ids, p.ends = make([]int64, len(rows)*p.length), make([]int64, len(rows))
	for row, i := range rows {
		for k, id := range texts[i] {
			p.ids[row*p.length+k] = int64(id)
		}
		p.ends[row] = int64(row*p.length + end(texts[i]))
	}
	return p
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
