// Package clip holds CLIP: what a model looks like (Config), its weights and,
// with the build tag libtorch, its two towers.
//
// The model is the CLIP class of open_clip: a vision transformer and a causal
// text transformer, each projected into one space of EmbedDim dimensions. What
// that class can be told and this package cannot do is refused by name when a
// configuration is read, never guessed.
package clip
