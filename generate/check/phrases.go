package check

import (
	"slices"
	"strings"
)

const (
	phraseWords   = 4 // a phrase that comes again and again, not only in a row
	sentenceEnds  = ".!?\n"
	sentenceWords = 4 // a shorter sentence may well be said twice
)

// repeatedAt finds a loop, a phrase that comes too often anywhere in the text,
// or a sentence said again.
func (l limits) repeatedAt(s string) int {
	if at := l.repetitionAt(s); at >= 0 {
		return at
	}
	if l.phraseUses > 0 && phraseRepeats(words(s), l.phraseUses) || l.sentenceUses > 0 && sentenceRepeats(s, l.sentenceUses) {
		return 0
	}
	return -1
}

// phraseRepeats counts phrases by their hashes, sorted: that costs little for a
// short text, and not the square of its length for one of a hundred thousand words.
func phraseRepeats(words []string, most int) bool {
	if len(words) < phraseWords {
		return false
	}
	phrases := make([]uint64, 0, len(words))
	var last [phraseWords]uint64
	for i, w := range words {
		copy(last[:], last[1:])
		last[phraseWords-1] = hashOf(w)
		if i < phraseWords-1 {
			continue
		}
		var h uint64
		for _, x := range last {
			h = mix(h + x)
		}
		phrases = append(phrases, h)
	}
	slices.Sort(phrases)
	for i := most; i < len(phrases); i++ {
		if phrases[i] == phrases[i-most] {
			return true
		}
	}
	return false
}

func sentenceRepeats(s string, most int) bool {
	if inner := strings.TrimRight(s, sentenceEnds); !strings.ContainsAny(inner, sentenceEnds) {
		return false // one sentence
	}
	seen := map[string]int{}
	for sentence := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(sentenceEnds, r) }) {
		said := words(sentence)
		if len(said) < sentenceWords {
			continue
		}
		key := strings.Join(said, " ")
		if seen[key]++; seen[key] > most {
			return true
		}
	}
	return false
}
