package check

import "strings"

const (
	maxLetters = 3 // the same letter in a row: "www" yes, "tttt" no
	maxMarks   = 2 // exclamation and question marks in a row
	maxDots    = 3 // full stops in a row: an ellipsis is writing
	maxWords   = 3 // the same word in a row: "very very very" yes, four no
	maxPhrases = 2 // the same two to eight words in a row
	longPhrase = 8
	maxDigits  = 3 // the same digit in a row: "1000" yes, "10000" no
	longNumber = 6 // digits of a number
)

// repetitionAt finds the first sign of a model caught in a loop.
func repetitionAt(s string) int {
	if at := runAt(s); at >= 0 {
		return at
	}
	words := strings.Fields(strings.ToLower(s))
	for n := 1; n <= longPhrase; n++ {
		allowed := maxPhrases
		if n == 1 {
			allowed = maxWords
		}
		if loops(words, n, allowed) {
			return 0
		}
	}
	return -1
}

// runAt finds a run of one letter or of marks that is too long.
func runAt(s string) int {
	start := 0
	for i := 1; i <= len(s); i++ {
		if i < len(s) && sameRun(s[start], s[i]) {
			continue
		}
		if n := i - start; n > allowedRun(s[start]) {
			return start
		}
		start = i
	}
	return -1
}

func sameRun(a, b byte) bool {
	mark := func(c byte) bool { return c == '!' || c == '?' }
	return a == b || mark(a) && mark(b)
}

func allowedRun(c byte) int {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		return maxLetters
	case c == '!', c == '?':
		return maxMarks
	case c == '.':
		return maxDots
	}
	return int(^uint(0) >> 1)
}

// loops tells whether n words in a row follow one another more than allowed times.
func loops(words []string, n, allowed int) bool {
	same := 0 // words equal to the one n places before, up to here
	for i := n; i < len(words); i++ {
		if words[i] != words[i-n] {
			same = 0
			continue
		}
		if same++; same >= n*allowed {
			return true
		}
	}
	return false
}

// digitRunAt finds a long run of one digit or a long number.
func digitRunAt(s string) int {
	run, number := 0, 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			run, number = 0, 0
			continue
		}
		number++
		if i > 0 && s[i] == s[i-1] {
			run++
		} else {
			run = 1
		}
		if run > maxDigits || number > longNumber {
			return i - number + 1
		}
	}
	return -1
}
