package tokenizer

import (
	"html"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

const (
	maxName       = 32 // characters of a named reference, by Python
	maxStrictName = 24 // characters between & and ;, by ftfy
)

// unescape is Python's html.unescape: references need no semicolon, and the
// longest known name counts.
func unescape(s string) string {
	return replaceReferences(s, func(s string) (string, int) {
		if strings.HasPrefix(s, "&#") {
			return number(s)
		}
		name, n := s[1:1], 1
		for i, runes := 1, 0; i < len(s) && runes < maxName; runes++ {
			r, size := utf8.DecodeRuneInString(s[i:])
			if strings.ContainsRune("\t\n\f <&#;", r) {
				break
			}
			i += size
			name, n = s[1:i], i
		}
		if name == "" {
			return "", 0
		}
		if strings.HasPrefix(s[n:], ";") {
			if v, ok := entity(name + ";"); ok {
				return v, n + 1
			}
		}
		for i := len(name); i > 1; i-- {
			if v, ok := entity(name[:i]); ok {
				return v, i + 1
			}
		}
		return s[:n], n
	})
}

// unescapeStrict is ftfy's unescape_html: only whole references with their
// semicolon, among them names written in capitals.
func unescapeStrict(s string) string {
	return replaceReferences(s, func(s string) (string, int) {
		i := 1
		if strings.HasPrefix(s, "&#") {
			i = 2
		}
		start := i
		for i < len(s) && i-start <= maxStrictName && alphanumeric(s[i]) {
			i++
		}
		if i == start || i-start > maxStrictName || i == len(s) || s[i] != ';' {
			return "", 0
		}
		ref := s[:i+1]
		if start == 2 {
			v, n := number(ref)
			if n < len(ref) || strings.Contains(v, ";") {
				v = ref
			}
			return v, len(ref)
		}
		if v, ok := entity(ref[1:]); ok {
			return v, len(ref)
		}
		if v, ok := entity(strings.ToLower(ref[1:])); ok && strings.ToUpper(ref) == ref && unescape(ref) == ref {
			return cases.Upper(language.Und).String(v), len(ref)
		}
		return ref, len(ref)
	})
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// replaceReferences asks at for what stands in place of the first bytes of a
// text that starts with "&"; n = 0 means that no reference starts there.
func replaceReferences(s string, at func(s string) (with string, n int)) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	for i >= 0 {
		b.WriteString(s[:i])
		s = s[i:]
		with, n := at(s)
		if n == 0 {
			with, n = "&", 1
		}
		b.WriteString(with)
		s = s[n:]
		i = strings.IndexByte(s, '&')
	}
	return b.String() + s
}

// number resolves a reference by number, which starts s; n = 0 if it has no
// digits.
func number(s string) (v string, n int) {
	i, base := 2, rune(10)
	if len(s) > 2 && (s[2] == 'x' || s[2] == 'X') {
		i, base = 3, 16
	}
	code, start := rune(0), i
	for ; i < len(s); i++ {
		d := digitValue(s[i])
		if d < 0 || d >= base {
			break
		}
		if code <= utf8.MaxRune {
			code = code*base + d
		}
	}
	if i == start {
		return "", 0
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	return character(code), i
}

func digitValue(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	}
	return -1
}

// character is what a reference to a code stands for: Windows-1252 for the C1
// controls, nothing for other codes that are no character.
func character(code rune) string {
	switch {
	case code == 0, 0xd800 <= code && code <= 0xdfff, code > utf8.MaxRune:
		return "\ufffd"
	case code == '\r':
		return "\r"
	case 0x80 <= code && code <= 0x9f:
		return string(windows1252[code-0x80])
	case code < 0x20 && code != '\t' && code != '\n' && code != '\f', code == 0x7f,
		0xfdd0 <= code && code <= 0xfdef, code&0xfffe == 0xfffe:
		return ""
	}
	return string(code)
}

// entity gives what a name of HTML stands for, with its semicolon or, for the
// names that may lack it, without. The standard library knows the list but also
// takes the longest known beginning of a name; that is told from a whole name by
// what it leaves over.
func entity(name string) (string, bool) {
	switch name {
	case "semi;":
		return ";", true
	case "AMP", "amp", "AMP;", "amp;":
		return "&", true
	case "nGt;": // the library's list lacks these two
		return "≫\u20d2", true
	case "nLt;":
		return "≪\u20d2", true
	}
	v := html.UnescapeString("&" + name)
	if strings.HasPrefix(v, "&") {
		return "", false
	}
	if strings.HasSuffix(name, ";") {
		return v, !strings.HasSuffix(v, ";")
	}
	return v, utf8.RuneCountInString(v) == 1
}
