// Package inspect sums up the shards of a run or a release: what became of the
// planned pairs, and what the texts look like. It asks the shards only and
// changes nothing; what a manifest says is held against them.
package inspect
