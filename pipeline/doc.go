// Package pipeline wires the stages together. The stages' own code lies in the
// folders below it and in generate, shards and train; the command line is
// cmd/pcclip.
package pipeline
