//go:build libtorch

package train

import "github.com/pcclip/pcclip/train/torch"

// lossValue is a loss and what is worth watching beside it, all scalars.
type lossValue struct {
	value  *torch.Tensor // to be minimised
	cosine *torch.Tensor // mean cosine of each text with its own difference
	top1   *torch.Tensor // share of texts whose nearest difference is their own
}

// objective gives the loss of a batch: texts [B,D], unit length; deltas [B,D],
// the differences u_a - u_b of unit image embeddings, not rescaled.
func objective(s *torch.Scope, o Options, texts, deltas *torch.Tensor) lossValue {
	units := s.Normalize(deltas)
	cosines := s.MatMul(texts, s.Transpose(units, 0, 1)) // [B,B], row = text
	out := lossValue{cosine: s.Mean(s.Diagonal(cosines)), top1: s.Top1(cosines)}
	switch o.Objective {
	case InfoNCE:
		out.value = infoNCE(s, s.MulScalar(cosines, 1/o.Temperature))
	case Squared:
		diff := s.Sub(texts, deltas)
		out.value = s.Mean(s.Mul(diff, diff))
	}
	return out
}

// infoNCE is the symmetric cross-entropy of logits [B,B] whose diagonal holds
// the matching pairs: the mean over both directions, as in CLIP.
func infoNCE(s *torch.Scope, logits *torch.Tensor) *torch.Tensor {
	n := s.Shape(logits)[0]
	targets := s.Arange(n)
	rows := s.CrossEntropy(logits, targets)
	columns := s.CrossEntropy(s.Transpose(logits, 0, 1), targets)
	return s.MulScalar(s.Add(rows, columns), .5)
}
