// Package eval scores models on difference tasks: accuracy on differences by
// sign and two-way, in both orders of mention, the caption-subtraction
// baseline, zero-shot classification and retrieval. It works on vectors from
// an Embedder and knows nothing of towers.
package eval
