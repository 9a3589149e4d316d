// Package torch is the project's whole view of libtorch: a locked OS thread
// that does all work, scopes that own tensors, the operations CLIP needs, and
// parameters on one flat buffer with a fused AdamW. It is the only importer of
// gotch, of whose packages it uses libtch alone. Everything but this page
// carries the build tag libtorch.
//
// Start gives a Thread; its Do runs a function with a Scope. Every operation is
// a method of the Scope: it gives a tensor that is freed when the function
// returns, unless Keep moves it out, and panics with *Error, which Do gives
// back. Nested frees early inside a long function. A tensor used after it was
// freed is an error, not a crash.
//
//	err := th.Do(ctx, func(s *torch.Scope) error {
//		loss := s.Mean(s.Linear(x, params.At("w"), params.At("b")))
//		params.ZeroGrad(s)
//		s.Backward(loss)
//		params.AdamW(s, torch.AdamW{Step: 1, LR: 1e-3, Beta1: .9, Beta2: .98, Eps: 1e-6})
//		return nil
//	})
//
// Tensors are made on the Thread's device. Params hold a model on one flat
// buffer ordered by Group and name; only the Plain and Decayed groups have
// gradients. Numbers are float32 unless To says otherwise; reductions of other
// types give float32.
package torch
