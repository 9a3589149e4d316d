//go:build libtorch

package loss

import "github.com/pcclip/pcclip/train/torch"

// Anchor is the mean of 1 - cos(now, was) over rows of unit vectors [N,D]: what
// holds the embeddings of captions where the base model had them.
func Anchor(s *torch.Scope, now, was *torch.Tensor) *torch.Tensor {
	dim := s.Shape(now)[1]
	cosine := s.MulScalar(s.Mean(s.Mul(now, was)), float64(dim)) // the mean over N of sums over D
	return s.AddScalar(s.MulScalar(cosine, -1), 1)
}
