package check

import "slices"

// ReversedMismatch is the reason of two answers that are not Consistent.
const ReversedMismatch = "reversed_mismatch"

// Consistent tells whether the answers for a pair and for the same pair in the
// other order can both be right. They cannot when they say the same words: one
// difference cannot hold in both directions.
func Consistent(forward, reversed string) bool {
	return !slices.Equal(words(forward), words(reversed))
}
