//go:build libtorch

package loss

import "github.com/pcclip/pcclip/train/torch"

// Squared is the mean squared error between unit texts [B,D] and image
// differences [B,D] that are not rescaled: the ablation of PC-CLIP.
func Squared(s *torch.Scope, texts, deltas *torch.Tensor) *torch.Tensor {
	off := s.Sub(texts, deltas)
	return s.Mean(s.Mul(off, off))
}
