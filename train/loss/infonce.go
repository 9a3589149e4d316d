//go:build libtorch

package loss

import "github.com/pcclip/pcclip/train/torch"

// InfoNCE is the symmetric cross-entropy of logits [B,B] whose diagonal holds
// the matching pairs: the mean over rows and over columns, halved, as in CLIP
// and in the contrastive branch of PC-CLIP (arXiv 2409.09721).
func InfoNCE(s *torch.Scope, logits *torch.Tensor) *torch.Tensor {
	targets := s.Arange(s.Shape(logits)[0])
	rows := s.CrossEntropy(logits, targets)
	columns := s.CrossEntropy(s.Transpose(logits, 0, 1), targets)
	return s.MulScalar(s.Add(rows, columns), .5)
}
