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

// phraseRepeats compares every phrase with those after it. Texts are short: a map
// of phrases would cost more.
func phraseRepeats(words []string, most int) bool {
	for i := phraseWords; i <= len(words); i++ {
		uses := 1
		for j := i + 1; j <= len(words); j++ {
			if words[i-1] == words[j-1] && slices.Equal(words[i-phraseWords:i-1], words[j-phraseWords:j-1]) {
				uses++
			}
		}
		if uses > most {
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
