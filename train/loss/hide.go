//go:build libtorch

package loss

import (
	"math"
	"slices"

	"github.com/pcclip/pcclip/train/torch"
)

// Hide sets the logits [B,B] that masks name to minus infinity, so that neither
// direction of the softmax sees them. The diagonal stays.
func Hide(s *torch.Scope, logits *torch.Tensor, rows Rows, masks []Mask) *torch.Tensor {
	if len(masks) == 0 {
		return logits
	}
	n := len(rows.A)
	a, b := s.FromInt64(rows.A, n), s.FromInt64(rows.B, n)
	// same gives [B,B]: row i of x equals row j of y.
	same := func(x, y *torch.Tensor) *torch.Tensor { return s.Eq(s.Reshape(x, n, 1), s.Reshape(y, 1, n)) }
	var found []*torch.Tensor
	if slices.Contains(masks, Images) {
		found = append(found, same(a, a), same(b, b), same(a, b), same(b, a))
	}
	if slices.Contains(masks, Texts) {
		text := s.FromInt64(rows.Text, n)
		found = append(found, same(text, text))
	}
	if slices.Contains(masks, Reverses) {
		found = append(found, s.And(same(a, b), same(b, a)))
	}
	hidden := found[0]
	for _, f := range found[1:] {
		hidden = s.Or(hidden, f)
	}
	every := s.Arange(n)
	return s.MaskedFill(logits, s.And(hidden, s.Not(same(every, every))), math.Inf(-1))
}
