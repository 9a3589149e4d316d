package check

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// typography writes in ASCII what English has an ASCII sign for: curly quotes,
// dashes, the ellipsis and the many spaces. No replacement is longer in bytes
// than its sign.
var typography = strings.NewReplacer(
	"\u2018", "'", "\u2019", "'", "\u201a", "'", "\u201b", "'", "\u2032", "'", "\u2039", "'", "\u203a", "'",
	"\u201c", `"`, "\u201d", `"`, "\u201e", `"`, "\u201f", `"`, "\u2033", `"`, "\u00ab", `"`, "\u00bb", `"`,
	"\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2212", "-", "\u2014", " - ", "\u2015", " - ",
	"\u2026", "...",
	"\u00a0", " ", "\u2002", " ", "\u2003", " ", "\u2009", " ", "\u200a", " ", "\u202f", " ", "\u2028", " ", "\u2029", " ",
	"\u00ad", "", "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "",
)

// charactersAt finds the first sign that is no writing: a broken or control
// character, an emoji, a box. Letters of another script are foreignAt's.
func charactersAt(s string) int {
	return strings.IndexFunc(s, func(r rune) bool { return !latin(r) && !unicode.IsLetter(r) })
}

// foreignAt finds the first letter that is not of the Latin script.
func foreignAt(s string) int {
	return strings.IndexFunc(s, func(r rune) bool { return !latin(r) && unicode.IsLetter(r) })
}

// latin tells whether a sign is ASCII, Latin-1 or a letter of the two Latin
// extensions, or one that typography replaces. Combining marks are not: models
// write composed letters.
func latin(r rune) bool {
	switch {
	case r < ' ':
		return r == '\n' || r == '\r' || r == '\t'
	case r <= '~', 0xa0 <= r && r <= 0x24f, 0x1e00 <= r && r <= 0x1eff:
		return true
	case r == utf8.RuneError || r < 0x2000 || r > 0xfeff:
		return false
	}
	sign := string(r)
	return typography.Replace(sign) != sign
}
