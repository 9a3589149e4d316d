package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	startText = "<start_of_text>"
	endText   = "<end_of_text>"
)

// The kinds of what next finds.
const (
	skipped = iota // white space, and what no rule takes
	special
	clitic
	letters
	digit
	other
)

var clitics = []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}

// next takes the first word off a cleaned text that is not empty: a special, an
// apostrophe with its ending, letters, one digit, or anything else but space.
// The rules are tried in this order, without regard to case, as open_clip does.
func next(text string) (kind, n int) {
	switch text[0] {
	case '<':
		for _, s := range []string{startText, endText} {
			if n := foldPrefix(text, s); n > 0 {
				return special, n
			}
		}
	case '\'':
		for _, s := range clitics {
			if n := foldPrefix(text, s); n > 0 {
				return clitic, n
			}
		}
	}
	kind, n = class(text)
	if kind == digit || kind == skipped {
		return kind, n
	}
	for n < len(text) {
		k, size := class(text[n:])
		if k != kind {
			break
		}
		n += size
	}
	return kind, n
}

// class says which run the first character belongs to, and its length.
func class(text string) (kind, size int) {
	if c := text[0]; c < utf8.RuneSelf {
		switch {
		case 'a' <= c && c <= 'z':
			return letters, 1
		case '0' <= c && c <= '9':
			return digit, 1
		case c == ' ':
			return skipped, 1
		}
	}
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case isSpace(r), r == ypogegrammeni:
		return skipped, size
	case unicode.IsLetter(r), unicode.Is(newerLetters, r):
		return letters, size
	case unicode.IsNumber(r), unicode.Is(newerNumbers, r):
		return digit, size
	}
	return other, size
}

// ypogegrammeni is a mark whose capital is a letter. In a match without regard
// to case it is neither a letter nor something else.
const ypogegrammeni = '\u0345'

// foldPrefix gives the length of the prefix of text that is s but for case, 0 if
// it is not. Text in lower case can still hold the long s, a form of s.
func foldPrefix(text, s string) int {
	if strings.HasPrefix(text, s) {
		return len(s)
	}
	n := 0
	for i := range len(s) {
		switch rest := text[n:]; {
		case rest != "" && rest[0] == s[i]:
			n++
		case s[i] == 's' && strings.HasPrefix(rest, "ſ"):
			n += len("ſ")
		default:
			return 0
		}
	}
	return n
}

// isSpace is Python's str.isspace.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f
}
