package check

import "github.com/pcclip/pcclip/shards"

// limits are the numbers of the rules that have some. A bound of 0 on how often
// something may come means that nobody counts.
type limits struct {
	minChars      int     // of the cleaned text
	clipTokens    int     // of the cleaned text, its start and end included
	sameLetters   int     // the same letter in a row: "www" yes, "tttt" no
	sameMarks     int     // exclamation and question marks in a row
	fullStops     int     // in a row: an ellipsis is writing
	sameWords     int     // the same word in a row: "very very very" yes, four no
	samePhrases   int     // the same two to eight words in a row
	phraseUses    int     // of the same four words, anywhere: two contrasted images need a phrase twice
	sentenceUses  int     // of the same sentence, anywhere
	sameDigits    int     // the same digit in a row: "1000" yes, "10000" no
	numberDigits  int     // digits of a number
	compression   float64 // length to compressed length, of a text that is long enough
	captionEcho   float64 // likeness from which a text says what a caption says, 0 to 1
	english       float64 // least share of English function words, 0 to 1
	nearDuplicate float64 // similarity from which two texts are nearly the same, leastSimilar to 1
}

// strictLimits are those of the set "strict".
func strictLimits() limits {
	return limits{
		minChars: 20, clipTokens: shards.ClipContext, sameLetters: 3, sameMarks: 2, fullStops: 3, sameWords: 3, samePhrases: 2, phraseUses: 3, sentenceUses: 1,
		sameDigits: 3, numberDigits: 6, compression: 3, captionEcho: 0.85, english: 0.1, nearDuplicate: 0.9,
	}
}

// paperLimits are those of the set "paper", which counts only what comes in a row.
func paperLimits() limits {
	l := strictLimits()
	l.minChars, l.phraseUses, l.sentenceUses = 60, 0, 0
	return l
}

// noLimits are those of the set "none".
func noLimits() limits {
	l := strictLimits()
	l.minChars = 1
	return l
}
