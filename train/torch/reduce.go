//go:build libtorch

package torch

import "github.com/sugarme/gotch/libtch"

// Sum adds over dimensions, which go away; over all of them, to a scalar, when
// none is named.
func (s *Scope) Sum(t *Tensor, dims ...int) *Tensor {
	over := s.over(t, dims)
	return s.run("sum", func(out *libtch.Ctensor) {
		libtch.AtgSumDimIntlist(out, t.pointer(), over, len(over), 0, int32(Float32))
	})
}

// MeanOver gives the mean over dimensions, which go away.
func (s *Scope) MeanOver(t *Tensor, dims ...int) *Tensor {
	over := s.over(t, dims)
	return s.run("mean", func(out *libtch.Ctensor) {
		libtch.AtgMeanDim(out, t.pointer(), over, len(over), 0, int32(Float32))
	})
}

// over gives the dimensions to reduce, all of them when none is named. It is
// never empty: gotch takes the address of the first. A scalar's one is -1.
func (s *Scope) over(t *Tensor, dims []int) []int64 {
	if len(dims) > 0 {
		over, _ := sizes(dims)
		return over
	}
	over := make([]int64, max(1, len(s.Shape(t))))
	for i := range over {
		over[i] = int64(-1 - i)
	}
	return over
}

// Norm gives the Euclidean norm over a dimension, which goes away.
func (s *Scope) Norm(t *Tensor, dim int) *Tensor {
	two := libtch.AtsInt(2)
	defer libtch.AtsFree(two)
	return s.run("norm", func(out *libtch.Ctensor) {
		libtch.AtgNormScalaroptDim(out, t.pointer(), two, []int64{int64(dim)}, 1, 0)
	})
}

// Softmax gives e^t over its sum along a dimension.
func (s *Scope) Softmax(t *Tensor, dim int) *Tensor {
	return s.run("softmax", func(out *libtch.Ctensor) { libtch.AtgSoftmax(out, t.pointer(), int64(dim), int32(Float32)) })
}

// LogSoftmax gives the logarithm of Softmax.
func (s *Scope) LogSoftmax(t *Tensor, dim int) *Tensor {
	return s.run("log softmax", func(out *libtch.Ctensor) {
		libtch.AtgLogSoftmax(out, t.pointer(), int64(dim), int32(Float32))
	})
}

// ArgMax gives the position of the first maximum along a dimension, which goes
// away, as int64.
func (s *Scope) ArgMax(t *Tensor, dim int) *Tensor {
	return s.run("argmax", func(out *libtch.Ctensor) { libtch.AtgArgmax(out, t.pointer(), int64(dim), 0, 0) })
}
