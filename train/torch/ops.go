//go:build libtorch

package torch

// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/sugarme/gotch/libtch"
)

// run does one operation of gotch and registers its result.
func (s *Scope) run(op string, f func(out *libtch.Ctensor)) *Tensor {
	var out [1]libtch.Ctensor
	f(&out[0])
	check(op)
	return s.own(op, out[0])
}

// Add gives a + b, broadcast.
func (s *Scope) Add(a, b *Tensor) *Tensor {
	return s.run("add", func(out *libtch.Ctensor) { libtch.AtgAdd(out, a.pointer(), b.pointer()) })
}

// Sub gives a - b, broadcast.
func (s *Scope) Sub(a, b *Tensor) *Tensor {
	return s.run("sub", func(out *libtch.Ctensor) { libtch.AtgSub(out, a.pointer(), b.pointer()) })
}

// Mul gives a * b by element, broadcast.
func (s *Scope) Mul(a, b *Tensor) *Tensor {
	return s.run("mul", func(out *libtch.Ctensor) { libtch.AtgMul(out, a.pointer(), b.pointer()) })
}

// MulScalar gives x * t.
func (s *Scope) MulScalar(t *Tensor, x float64) *Tensor {
	scalar := libtch.AtsFloat(x)
	defer libtch.AtsFree(scalar)
	return s.run("mul scalar", func(out *libtch.Ctensor) { libtch.AtgMulScalar(out, t.pointer(), scalar) })
}

// Exp gives e^t by element.
func (s *Scope) Exp(t *Tensor) *Tensor {
	return s.run("exp", func(out *libtch.Ctensor) { libtch.AtgExp(out, t.pointer()) })
}

// Sigmoid gives 1/(1+e^-t) by element.
func (s *Scope) Sigmoid(t *Tensor) *Tensor {
	return s.run("sigmoid", func(out *libtch.Ctensor) { libtch.AtgSigmoid(out, t.pointer()) })
}

// MatMul gives the matrix product [..,M,K] x [..,K,N] -> [..,M,N].
func (s *Scope) MatMul(a, b *Tensor) *Tensor {
	return s.run("matmul", func(out *libtch.Ctensor) { libtch.AtgMatmul(out, a.pointer(), b.pointer()) })
}

// Linear gives x w^T + b: x [..,I], w [O,I], b [O] -> [..,O].
func (s *Scope) Linear(x, w, b *Tensor) *Tensor {
	return s.run("linear", func(out *libtch.Ctensor) { libtch.AtgLinear(out, x.pointer(), w.pointer(), b.pointer()) })
}

// LayerNorm normalises the last dimension: x [..,W], w [W], b [W] -> [..,W],
// biased variance.
func (s *Scope) LayerNorm(x, w, b *Tensor, eps float64) *Tensor {
	width := []int64{int64(s.Shape(w)[0])}
	return s.run("layer norm", func(out *libtch.Ctensor) {
		libtch.AtgLayerNorm(out, x.pointer(), width, 1, w.pointer(), b.pointer(), eps, 0)
	})
}

// GELU gives the exact (erf) GELU by element.
func (s *Scope) GELU(t *Tensor) *Tensor {
	// gotch's binding leaks the name of the kind of GELU with each call.
	var out C.pc_tensor
	must("gelu", C.pc_gelu(&out, C.pc_tensor(t.pointer())))
	return s.own("gelu", libtch.Ctensor(unsafe.Pointer(out)))
}

// QuickGELU gives t * sigmoid(1.702 t) by element, as OpenAI's weights want.
func (s *Scope) QuickGELU(t *Tensor) *Tensor {
	return s.Mul(t, s.Sigmoid(s.MulScalar(t, 1.702)))
}

// Embedding looks rows up: w [V,W], ids [..] int64 -> [..,W].
func (s *Scope) Embedding(w, ids *Tensor) *Tensor {
	return s.run("embedding", func(out *libtch.Ctensor) { libtch.AtgEmbedding(out, w.pointer(), ids.pointer(), -1, 0, 0) })
}

// Patches is a convolution whose stride is its kernel: x [B,C,H,W],
// w [O,C,P,P] -> [B,O,H/P,W/P], no bias.
func (s *Scope) Patches(x, w *Tensor) *Tensor {
	p := int64(s.Shape(w)[2])
	return s.run("conv2d", func(out *libtch.Ctensor) {
		libtch.AtgConv2d(out, x.pointer(), w.pointer(), nil, []int64{p, p}, 2, []int64{0, 0}, 2, []int64{1, 1}, 2, 1)
	})
}

// Reshape gives the same numbers, row-major, in another shape; one size may be -1.
func (s *Scope) Reshape(t *Tensor, shape ...int) *Tensor {
	dims, _ := sizes(shape)
	return s.run("reshape", func(out *libtch.Ctensor) { libtch.AtgReshape(out, t.pointer(), padded(dims), len(dims)) })
}

// Transpose swaps two dimensions.
func (s *Scope) Transpose(t *Tensor, a, b int) *Tensor {
	return s.run("transpose", func(out *libtch.Ctensor) { libtch.AtgTranspose(out, t.pointer(), int64(a), int64(b)) })
}

// Narrow gives length entries of a dimension from start on.
func (s *Scope) Narrow(t *Tensor, dim, start, length int) *Tensor {
	return s.run("narrow", func(out *libtch.Ctensor) {
		libtch.AtgNarrow(out, t.pointer(), int64(dim), int64(start), int64(length))
	})
}

// Select gives one entry of a dimension, which goes away.
func (s *Scope) Select(t *Tensor, dim, index int) *Tensor {
	return s.run("select", func(out *libtch.Ctensor) { libtch.AtgSelect(out, t.pointer(), int64(dim), int64(index)) })
}

// IndexSelect gives the entries of a dimension named by ids [N] int64.
func (s *Scope) IndexSelect(t *Tensor, dim int, ids *Tensor) *Tensor {
	return s.run("index select", func(out *libtch.Ctensor) {
		libtch.AtgIndexSelect(out, t.pointer(), int64(dim), ids.pointer())
	})
}

// Expand repeats dimensions of size 1 up to shape, without copying.
func (s *Scope) Expand(t *Tensor, shape ...int) *Tensor {
	dims, _ := sizes(shape)
	return s.run("expand", func(out *libtch.Ctensor) { libtch.AtgExpand(out, t.pointer(), padded(dims), len(dims), 0) })
}

// Gather takes t[i][ids[i][j]] along dimension 1, and so on for others: ids int64
// has the shape of the result.
func (s *Scope) Gather(t *Tensor, dim int, ids *Tensor) *Tensor {
	return s.run("gather", func(out *libtch.Ctensor) { libtch.AtgGather(out, t.pointer(), int64(dim), ids.pointer(), 0) })
}

// Cat joins tensors along a dimension; there must be at least one.
func (s *Scope) Cat(dim int, tensors ...*Tensor) *Tensor {
	cs := pointers("cat", tensors)
	return s.run("cat", func(out *libtch.Ctensor) { libtch.AtgCat(out, cs, len(cs), int64(dim)) })
}

func pointers(op string, tensors []*Tensor) []libtch.Ctensor {
	if len(tensors) == 0 {
		panic(newError(op, "no tensors are given"))
	}
	cs := make([]libtch.Ctensor, len(tensors))
	for i, t := range tensors {
		cs[i] = t.pointer()
	}
	return cs
}

// Mean gives the mean of all numbers, a scalar.
func (s *Scope) Mean(t *Tensor) *Tensor {
	return s.run("mean", func(out *libtch.Ctensor) { libtch.AtgMean(out, t.pointer(), int32(Float32)) })
}

// Diagonal gives the diagonal [N] of t [N,N].
func (s *Scope) Diagonal(t *Tensor) *Tensor {
	return s.run("diagonal", func(out *libtch.Ctensor) { libtch.AtgDiagonal(out, t.pointer(), 0, 0, 1) })
}

// Top1 gives the share of rows of t [N,N] whose largest entry is on the
// diagonal, a scalar float32.
func (s *Scope) Top1(t *Tensor) *Tensor {
	return s.Mean(s.Eq(s.ArgMax(t, 1), s.Arange(s.Shape(t)[0])))
}

// Arange gives 0, 1, ..., n-1 as int64.
func (s *Scope) Arange(n int) *Tensor {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i)
	}
	return s.FromInt64(ids, n)
}

// CrossEntropy gives the mean over rows of -log softmax(logits)[target]:
// logits [N,C], targets [N] int64 -> scalar.
func (s *Scope) CrossEntropy(logits, targets *Tensor) *Tensor {
	return s.run("cross entropy", func(out *libtch.Ctensor) {
		libtch.AtgCrossEntropyLoss(out, logits.pointer(), targets.pointer(), nil, 1, -100, 0)
	})
}

// Normalize scales the last dimension to unit length, with the guard 1e-12 of
// PyTorch's F.normalize.
func (s *Scope) Normalize(t *Tensor) *Tensor {
	var out C.pc_tensor
	must("normalize", C.pc_normalize(&out, C.pc_tensor(t.pointer())))
	return s.own("normalize", libtch.Ctensor(unsafe.Pointer(out)))
}

// Backward adds the gradients of a scalar to the gradient buffers.
func (s *Scope) Backward(loss *Tensor) {
	must("backward", C.pc_backward(C.pc_tensor(loss.pointer())))
}
