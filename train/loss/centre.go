//go:build libtorch

package loss

import "github.com/pcclip/pcclip/train/torch"

// Centre takes the mean of unit texts [B,D] away and scales what is left to
// unit length: what all texts of differences share says nothing of any of them.
func Centre(s *torch.Scope, texts *torch.Tensor) *torch.Tensor {
	return s.Normalize(s.Sub(texts, s.MeanOver(texts, 0)))
}
