package check

import (
	"iter"
	"regexp"
	"strings"
)

// mention is a pattern that names an image. Its matches begin a word of its own
// with one of a few beginnings, so it is tried only there: a search by the pattern
// alone is twenty times as slow.
type mention struct {
	pattern    string
	here       *regexp.Regexp // the pattern at the begin of a text
	beginnings []string       // in lower case
}

// numbered are the nouns that a number or a letter follows.
var numbered = []string{"image", "picture", "photo", "scene"}

// naming makes a mention of a pattern that begins with \b and, in any case, with
// one of the beginnings.
func naming(pattern string, beginnings ...string) mention {
	return mention{pattern, regexp.MustCompile(`^(?:` + pattern + `)`), beginnings}
}

// find gives the byte offset where the pattern first matches, -1 where it does not.
func (m mention) find(text string) int {
	for start := range m.all(text) {
		return start
	}
	return -1
}

// all gives begin and end of every match, one after the other.
func (m mention) all(text string) iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		inWord := false
		for i := 0; i < len(text); i++ {
			before := inWord
			inWord = wordByte(text[i])
			if before || !inWord || !m.begins(text[i:]) {
				continue
			}
			match := m.here.FindStringIndex(text[i:])
			if match == nil {
				continue
			}
			end := i + match[1]
			if !yield(i, end) {
				return
			}
			i = end - 1
			inWord = wordByte(text[i])
		}
	}
}

// begins tells whether a text has one of the beginnings. Any white space will do
// for the space in one.
func (m mention) begins(text string) bool {
	for _, b := range m.beginnings {
		if beginsWith(text, b) {
			return true
		}
	}
	return false
}

func beginsWith(text, beginning string) bool {
	if len(text) < len(beginning) {
		return false
	}
	for i := range len(beginning) {
		switch c := text[i]; {
		case c == beginning[i], 'A' <= c && c <= 'Z' && c|0x20 == beginning[i]:
		case beginning[i] == ' ' && strings.IndexByte("\t\n\f\r", c) >= 0:
		default:
			return false
		}
	}
	return true
}

func (m mention) in(text string) bool { return m.find(text) >= 0 }

// without takes every mention out of a text.
func (m mention) without(text string) string {
	rest, from := "", 0
	for start, end := range m.all(text) {
		rest, from = rest+text[from:start], end
	}
	return rest + text[from:]
}

// wordByte tells what the pattern's \b calls a letter of a word: ASCII alone.
func wordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || c == '_' || 'a' <= c && c <= 'z'
}
