// Package loss holds the objectives of finetuning, one to a file: what a batch
// of unit texts [B,D] and image differences [B,D] is pulled towards, which
// negatives are left out, and how logits are scaled. Everything but this page
// and the names of the choices carries the build tag libtorch.
package loss
