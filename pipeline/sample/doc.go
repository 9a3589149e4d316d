// Package sample decides which pairs of images to compare: seeded, by a keyed
// permutation over the index space of pairs, so that the plan needs no memory
// that grows with its length and any slice of it can be computed anywhere.
package sample
