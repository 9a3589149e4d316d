package check

import "strings"

const (
	phraseWords   = 4 // a phrase that comes again and again, not only in a row
	phraseTimes   = 3 // two contrasted images need a phrase twice
	sentenceWords = 4 // a shorter sentence may well be said twice
)

// repeatedAt finds a loop, a phrase that comes too often anywhere in the text,
// or a sentence said twice.
func repeatedAt(s string) int {
	if at := repetitionAt(s); at >= 0 {
		return at
	}
	if phraseRepeats(words(s)) || sentenceRepeats(s) {
		return 0
	}
	return -1
}

func phraseRepeats(words []string) bool {
	seen := map[[phraseWords]string]int{}
	for i := phraseWords; i <= len(words); i++ {
		phrase := [phraseWords]string(words[i-phraseWords : i])
		if seen[phrase]++; seen[phrase] > phraseTimes {
			return true
		}
	}
	return false
}

func sentenceRepeats(s string) bool {
	seen := map[string]bool{}
	for sentence := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(".!?\n", r) }) {
		said := words(sentence)
		if len(said) < sentenceWords {
			continue
		}
		key := strings.Join(said, " ")
		if seen[key] {
			return true
		}
		seen[key] = true
	}
	return false
}
