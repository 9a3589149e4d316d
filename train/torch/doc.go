// Package torch is the project's whole view of libtorch: a locked OS thread
// that does all work, scopes that own tensors, the operations CLIP needs, and
// parameters on one flat buffer with a fused AdamW. It is the only importer of
// gotch, of whose packages it uses libtch alone. Everything but this page
// carries the build tag libtorch.
package torch
