package check

import (
	"strings"

	"github.com/pcclip/pcclip/shards"
)

// captionEcho tells whether the text is nearly one of the captions, or one of
// each image in a row: it then says nothing of a difference.
func (l limits) echoesCaption(c Context, text string) bool {
	said := words(text)
	for _, captionA := range strings.Split(c.CaptionA, shards.CaptionMark) {
		for _, captionB := range strings.Split(c.CaptionB, shards.CaptionMark) {
			if l.echoes(said, words(captionA), words(captionB)) {
				return true
			}
		}
	}
	return false
}

func (l limits) echoes(said, a, b []string) bool {
	if len(a) > 0 && alike(l.captionEcho, said, a) || len(b) > 0 && alike(l.captionEcho, said, b) {
		return true
	}
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	return alike(l.captionEcho, said, append(a[:len(a):len(a)], b...)) || alike(l.captionEcho, said, append(b[:len(b):len(b)], a...))
}

// alike compares the words that two texts have in common, in order, with all of
// their words: whether their share is the least that is asked for.
func alike(least float64, a, b []string) bool {
	most, all := min(len(a), len(b)), float64(len(a)+len(b))
	if 2*float64(most) < least*all {
		return false
	}
	return 2*float64(common(a, b)) >= least*all
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
