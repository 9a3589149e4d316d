package check

import (
	"testing"

	"pgregory.net/rapid"
)

// Phrases are counted as a map of them would count.
func TestPhrasesAreCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "dog", "cat", "", "on"}), 0, 60).Draw(t, "words")
		most := rapid.IntRange(1, 4).Draw(t, "most")
		want, seen := false, map[[phraseWords]string]int{}
		for i := phraseWords; i <= len(said); i++ {
			phrase := [phraseWords]string(said[i-phraseWords : i])
			seen[phrase]++
			want = want || seen[phrase] > most
		}
		if got := phraseRepeats(said, most); got != want {
			t.Fatalf("%q, at most %d times: %v", said, most, got)
		}
	})
}
