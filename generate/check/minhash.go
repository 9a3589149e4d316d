package check

import (
	"math/bits"
	"slices"
)

const (
	lanes   = 128 // minima of a signature, four bits of each
	perWord = 16  // of them in a word of a signature
)

// signature stands for the set of a text's shingles: of how many lanes two
// signatures agree tells how alike the sets are (MinHash). Of each minimum four
// bits are kept, so that 128 of them take the room of 8 whole ones.
type signature [lanes / perWord]uint64

// sign makes the signature of a text.
func sign(text string) signature {
	var minima [lanes]uint64
	for i := range minima {
		minima[i] = ^uint64(0)
	}
	for _, s := range shingles(text) {
		for i, l := range &permutations {
			minima[i] = min(minima[i], s*l.times+l.plus)
		}
	}
	var out signature
	for i, m := range minima {
		// Mixed, for the high bits of a minimum are nearly always zero.
		out[i/perWord] |= mix(m) >> 60 << (i % perWord * 4)
	}
	return out
}

// agree counts the lanes in which two signatures are equal.
func (s *signature) agree(other *signature) int {
	const low3 = 0x7777777777777777
	n := 0
	for i, word := range s {
		x := word ^ other[i]
		// The high bit of four is left where all four are zero.
		n += bits.OnesCount64(^((x&low3 + low3) | x | low3))
	}
	return n
}

// shingles hashes the set of words in threes, in order: "a white cat instead of a
// black cat" has the same pairs of words as its reverse. Each three goes with the
// image that it speaks of: else "the first shows a dog, the second a cat" would
// be much like its reverse. Beyond the ends of the text there are empty words,
// so every word counts in three shingles.
func shingles(text string) []uint64 {
	said := words(text)
	if len(said) == 0 {
		return []uint64{mix(hashOf(text))}
	}
	said = append(said, "", "")
	out := make([]uint64, 0, len(said))
	var image, a, b uint64 // a and b are the two words before
	for _, w := range said {
		switch w {
		case "first", "1st", "former", "1":
			image = 1
		case "second", "2nd", "latter", "2":
			image = 2
		}
		c := hashOf(w)
		out = append(out, mix(mix(mix(a+image)+b)+c))
		a, b = b, c
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// permutations reorder the hashes of shingles, one way for each lane.
var permutations = func() (out [lanes]struct{ times, plus uint64 }) {
	const step = 0x9e3779b97f4a7c15 // of splitmix64: mix makes it a random stream
	for i := range uint64(lanes) {
		out[i].times, out[i].plus = mix((2*i+1)*step)|1, mix((2*i+2)*step)
	}
	return out
}()

// mix spreads every bit of x over all of its bits.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashOf is FNV-1a.
func hashOf(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}
