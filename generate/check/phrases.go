package check

import "strings"

const (
	phraseWords   = 4 // a phrase that comes again and again, not only in a row
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

func phraseRepeats(words []string, most int) bool {
	seen := map[[phraseWords]string]int{}
	for i := phraseWords; i <= len(words); i++ {
		phrase := [phraseWords]string(words[i-phraseWords : i])
		if seen[phrase]++; seen[phrase] > most {
			return true
		}
	}
	return false
}

func sentenceRepeats(s string, most int) bool {
	seen := map[string]int{}
	for sentence := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(".!?\n", r) }) {
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
