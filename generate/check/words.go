package check

import (
	"strings"
	"unicode"
)

// words gives the words of a text in lower case, without the marks between them.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	})
}
