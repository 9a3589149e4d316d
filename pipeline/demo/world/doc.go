// Package world is a small made-up world in which difference training can be
// measured from scratch on a CPU: scenes of coloured shapes, their images, five
// incomplete captions each, and a writer that puts the difference of two
// captions into words without ever seeing the scenes. Everything is drawn from
// seeded streams, the same on every machine.
package world
