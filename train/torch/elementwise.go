//go:build libtorch

package torch

import "github.com/sugarme/gotch/libtch"

// Div gives a / b, broadcast.
func (s *Scope) Div(a, b *Tensor) *Tensor {
	return s.run("div", func(out *libtch.Ctensor) { libtch.AtgDiv(out, a.pointer(), b.pointer()) })
}

// AddScalar gives t + x.
func (s *Scope) AddScalar(t *Tensor, x float64) *Tensor {
	scalar := libtch.AtsFloat(x)
	defer libtch.AtsFree(scalar)
	return s.run("add scalar", func(out *libtch.Ctensor) { libtch.AtgAddScalar(out, t.pointer(), scalar) })
}

// Log gives the natural logarithm by element.
func (s *Scope) Log(t *Tensor) *Tensor {
	return s.run("log", func(out *libtch.Ctensor) { libtch.AtgLog(out, t.pointer()) })
}

// Clamp bounds every element; the gradient is zero outside.
func (s *Scope) Clamp(t *Tensor, lowest, highest float64) *Tensor {
	low, high := libtch.AtsFloat(lowest), libtch.AtsFloat(highest)
	defer libtch.AtsFree(low)
	defer libtch.AtsFree(high)
	return s.run("clamp", func(out *libtch.Ctensor) { libtch.AtgClamp(out, t.pointer(), low, high) })
}

// Eq compares by element, broadcast -> bool.
func (s *Scope) Eq(a, b *Tensor) *Tensor {
	return s.run("eq", func(out *libtch.Ctensor) { libtch.AtgEqTensor(out, a.pointer(), b.pointer()) })
}

// Where takes from a where the condition (bool) holds, else from b, broadcast.
func (s *Scope) Where(condition, a, b *Tensor) *Tensor {
	return s.run("where", func(out *libtch.Ctensor) {
		libtch.AtgWhereSelf(out, condition.pointer(), a.pointer(), b.pointer())
	})
}

// MaskedFill replaces by x where mask (bool, broadcast) holds.
func (s *Scope) MaskedFill(t, mask *Tensor, x float64) *Tensor {
	scalar := libtch.AtsFloat(x)
	defer libtch.AtsFree(scalar)
	return s.run("masked fill", func(out *libtch.Ctensor) {
		libtch.AtgMaskedFill(out, t.pointer(), mask.pointer(), scalar)
	})
}

// Detach gives the same numbers, through which Backward does not go.
func (s *Scope) Detach(t *Tensor) *Tensor {
	return s.run("detach", func(out *libtch.Ctensor) { libtch.AtgDetach(out, t.pointer()) })
}

// Or gives a or b by element (bool), broadcast.
func (s *Scope) Or(a, b *Tensor) *Tensor {
	return s.run("or", func(out *libtch.Ctensor) { libtch.AtgLogicalOr(out, a.pointer(), b.pointer()) })
}

// And gives a and b by element (bool), broadcast.
func (s *Scope) And(a, b *Tensor) *Tensor {
	return s.run("and", func(out *libtch.Ctensor) { libtch.AtgLogicalAnd(out, a.pointer(), b.pointer()) })
}

// Not negates by element (bool).
func (s *Scope) Not(t *Tensor) *Tensor {
	return s.run("not", func(out *libtch.Ctensor) { libtch.AtgLogicalNot(out, t.pointer()) })
}
