//go:build libtorch

package train

import (
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/torch"
)

// features are the embeddings of a batch of texts [N,D], not normalised, and
// the way of their gradients into the model.
type features struct {
	value *torch.Tensor
	back  func(s *torch.Scope) // after Backward of a loss on value
}

// encoding says how texts are embedded, which does not change what comes out.
type encoding struct {
	chunks    int  // length-sorted chunks; 0: the usual number
	micro     int  // texts whose graph is in memory at a time; 0: all
	recompute bool // of a graph only the blocks' inputs are kept
}

func (o Options) encoding() encoding { return encoding{o.Chunks, o.MicroBatch, o.Recompute} }

// encodeTexts embeds texts. With micro below their number it holds the graph of
// that many texts at a time: a first pass computes all features without a graph,
// and back runs each part again to bring its share of the features' gradients
// into the model. All features meet in one loss, so that every negative stays
// (GradCache, arXiv 2101.06983).
func encodeTexts(s *torch.Scope, model *clip.Model, texts [][]int32, how encoding) features {
	if how.micro == 0 || len(texts) <= how.micro {
		return how.whole(s, model, texts)
	}
	parts := how.parts(texts)
	leaf := s.Leaf(how.withoutGraph(s, model, texts, parts))
	return features{value: leaf, back: func(s *torch.Scope) {
		grad := s.LeafGrad(leaf)
		for _, rows := range parts {
			s.Nested(func(s *torch.Scope) {
				out := how.whole(s, model, pick(texts, rows))
				s.Backward(s.Sum(s.Mul(out.value, s.IndexSelect(grad, 0, indices(s, rows)))))
				out.back(s)
			})
		}
	}}
}

// parts gives the rows of the texts whose graph is in memory at a time.
func (e encoding) parts(texts [][]int32) [][]int {
	n := 1
	if e.micro > 0 {
		n = (len(texts) + e.micro - 1) / e.micro
	}
	return clip.CutByLength(texts, n)
}

// chunksOf gives the number of chunks of some texts.
func (e encoding) chunksOf(model *clip.Model, texts [][]int32) int {
	if e.chunks > 0 {
		return e.chunks
	}
	return model.Chunks(texts)
}

// positions gives the ids in texts, and the positions computed for them, padding
// included.
func (e encoding) positions(model *clip.Model, texts [][]int32) (useful, computed int) {
	for _, rows := range e.parts(texts) {
		part := pick(texts, rows)
		u, c := clip.Positions(part, e.chunksOf(model, part))
		useful, computed = useful+u, computed+c
	}
	return useful, computed
}

// whole embeds texts in one pass.
func (e encoding) whole(s *torch.Scope, model *clip.Model, texts [][]int32) features {
	chunks := e.chunksOf(model, texts)
	if e.recompute {
		value, back := model.EncodeRecomputed(s, texts, chunks)
		return features{value, back}
	}
	return features{value: model.EncodeChunks(s, texts, chunks), back: func(*torch.Scope) {}}
}

// withoutGraph gives the features of all parts in the order of texts.
func (e encoding) withoutGraph(s *torch.Scope, model *clip.Model, texts [][]int32, parts [][]int) *torch.Tensor {
	var out []*torch.Tensor
	defer func() { s.Free(out...) }()
	back, at := make([]int, len(texts)), 0
	s.NoGrad(func() {
		for _, rows := range parts {
			s.Nested(func(s *torch.Scope) {
				some := pick(texts, rows)
				part := model.EncodeChunks(s, some, e.chunksOf(model, some))
				s.Keep(part)
				out = append(out, part)
			})
			for _, row := range rows {
				back[row] = at
				at++
			}
		}
	})
	return s.IndexSelect(s.Cat(0, out...), 0, indices(s, back))
}

func pick(texts [][]int32, rows []int) [][]int32 {
	out := make([][]int32, len(rows))
	for i, row := range rows {
		out[i] = texts[row]
	}
	return out
}

func indices(s *torch.Scope, rows []int) *torch.Tensor {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = int64(row)
	}
	return s.FromInt64(ids, len(ids))
}
