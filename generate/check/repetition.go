package check

import (
	"math"
	"strings"
)

// longPhrase is the longest phrase that is looked for, in words.
const longPhrase = 8

// repetitionAt finds the first sign of a model caught in a loop.
func (l limits) repetitionAt(s string) int {
	if at := l.runAt(s); at >= 0 {
		return at
	}
	words := strings.Fields(strings.ToLower(s))
	for n := 1; n <= longPhrase; n++ {
		allowed := l.samePhrases
		if n == 1 {
			allowed = l.sameWords
		}
		if allowed > 0 && loops(words, n, allowed) {
			return 0
		}
	}
	return -1
}

// runAt finds a run of one letter or of marks that is too long.
func (l limits) runAt(s string) int {
	start := 0
	for i := 1; i <= len(s); i++ {
		if i < len(s) && sameRun(s[start], s[i]) {
			continue
		}
		if n := i - start; n > l.allowedRun(s[start]) {
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

func (l limits) allowedRun(c byte) int {
	most := 0
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		most = l.sameLetters
	case c == '!', c == '?':
		most = l.sameMarks
	case c == '.':
		most = l.fullStops
	}
	return unless0(most)
}

// unless0 gives a bound, and for 0 one that nothing exceeds.
func unless0(most int) int {
	if most == 0 {
		return math.MaxInt
	}
	return most
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
func (l limits) digitRunAt(s string) int {
	mostSame, mostDigits := unless0(l.sameDigits), unless0(l.numberDigits)
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
		if run > mostSame || number > mostDigits {
			return i - number + 1
		}
	}
	return -1
}
