package check

import (
	"strings"

	"github.com/pcclip/pcclip/shards"
)

// echoed is the likeness from which a text says what another one says.
const echoed = 0.85

// captionEcho tells whether the text is nearly one of the captions, or one of
// each image in a row: it then says nothing of a difference.
func captionEcho(c Context, text string) bool {
	said := words(text)
	for _, captionA := range strings.Split(c.CaptionA, shards.CaptionMark) {
		for _, captionB := range strings.Split(c.CaptionB, shards.CaptionMark) {
			if echoes(said, words(captionA), words(captionB)) {
				return true
			}
		}
	}
	return false
}

func echoes(said, a, b []string) bool {
	if len(a) > 0 && alike(said, a) || len(b) > 0 && alike(said, b) {
		return true
	}
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	return alike(said, append(a[:len(a):len(a)], b...)) || alike(said, append(b[:len(b):len(b)], a...))
}

// alike compares the words that two texts have in common, in order, with all of
// their words.
func alike(a, b []string) bool {
	most, all := min(len(a), len(b)), float64(len(a)+len(b))
	if 2*float64(most) < echoed*all {
		return false
	}
	return 2*float64(common(a, b)) >= echoed*all
}

// common is the length of the longest common subsequence.
func common(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, w := range a {
		diagonal := 0
		for j, other := range b {
			above := row[j+1]
			if w == other {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}
