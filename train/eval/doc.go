// Package eval scores models on tasks: differences by sign and two-way in both
// orders of mention, the caption-subtraction baseline, the geometry of
// differences, zero-shot classification, comparative prompting, retrieval, delta
// retrieval and a linear probe. It decides claims on what models gain. It works
// on vectors from an Embedder and knows nothing of towers.
package eval

// Version names what Score computes: scores of two versions are not compared.
const Version = "eval/v1"
