//go:build libtorch

package loss

import (
	"math"

	"github.com/pcclip/pcclip/train/torch"
)

// Scale turns cosines [B,B] into logits: cosines / T, with T fixed, or learned
// in the parameter LogScale, through which gradients flow.
func Scale(s *torch.Scope, cosines *torch.Tensor, temperature float64, params *torch.Params) *torch.Tensor {
	if params.Has(LogScale) {
		return s.Mul(cosines, s.Exp(params.At(LogScale)))
	}
	return s.MulScalar(cosines, 1/temperature)
}

// ScaleParams gives the parameter of a learned temperature that starts at t,
// none of a fixed one.
func ScaleParams(t float64, l Learning) []torch.Param {
	if l == Fixed {
		return nil
	}
	return []torch.Param{{Name: LogScale, Data: []float32{float32(-math.Log(t))}}}
}
