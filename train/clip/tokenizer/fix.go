package tokenizer

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// badness is ftfy's expression for text that looks wrongly decoded; NOTICE says
// whose it is, testdata/make_badness.py makes it.
//
//go:embed badness.txt
var badness string

var (
	badText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(badness) })
	ansi    = regexp.MustCompile(`\x1b\[[\p{Nd};]*[a-zA-Z]`)
)

// maxSegment is the most characters that are fixed as one.
const maxSegment = 1_000_000

// fix is ftfy.fix_text line by line, but for the repair of mojibake; bad tells
// that ftfy would have considered one. From the first line with a "<" on, the
// text counts as HTML and keeps its references.
func fix(text string) (fixed string, bad bool) {
	var b strings.Builder
	html := false
	for text != "" {
		n := segment(text)
		line := text[:n]
		text = text[n:]
		html = html || strings.Contains(line, "<")
		line, damaged := fixLine(line, !html)
		bad = bad || damaged
		b.WriteString(line)
	}
	return b.String(), bad
}

// segment gives the bytes up to and with the first newline, or of maxSegment
// characters.
func segment(text string) int {
	n := strings.IndexByte(text, '\n') + 1
	if n == 0 {
		n = len(text)
	}
	if n <= maxSegment || utf8.RuneCountInString(text[:n]) <= maxSegment {
		return n
	}
	runes := 0
	for i := range text {
		if runes == maxSegment {
			return i
		}
		runes++
	}
	return n
}

// fixLine repeats the steps until they change nothing.
func fixLine(line string, references bool) (fixed string, bad bool) {
	for {
		before := line
		if references {
			line = unescapeStrict(line)
		}
		bad = bad || (!ascii(line) && badText().MatchString(line))
		line = fixChars(line)
		line = ansi.ReplaceAllLiteralString(line, "")
		line = dropControls(line)
		line = nfc(line)
		if line == before {
			return line, bad
		}
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// fixChars replaces single characters and line breaks, in ftfy's order: C1
// controls, ligatures, widths, quotes, line breaks. No step makes what an
// earlier one would change.
func fixChars(s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case r == '\r' && i+1 < len(runes) && runes[i+1] == '\n':
		case r == '\r', r == '\u2028', r == '\u2029':
			b.WriteByte('\n')
		case 0x80 <= r && r <= 0x9f:
			writeC1(&b, r)
		case 0x2018 <= r && r <= 0x201b, r == 0x02bc:
			b.WriteByte('\'')
		case 0x201c <= r && r <= 0x201f:
			b.WriteByte('"')
		case r == 0x3000:
			b.WriteByte(' ')
		case 0xff01 <= r && r <= 0xffef:
			b.WriteString(norm.NFKC.String(string(r)))
		case ligatures[r] != "":
			b.WriteString(ligatures[r])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// writeC1 takes a C1 control for the byte of Windows-1252 it most likely was.
func writeC1(b *strings.Builder, r rune) {
	switch w := windows1252[r-0x80]; {
	case 0x2018 <= w && w <= 0x2019:
		b.WriteByte('\'')
	case 0x201c <= w && w <= 0x201d:
		b.WriteByte('"')
	default:
		b.WriteRune(w)
	}
}

// windows1252 maps 0x80 to 0x9f; the five bytes without a character stay.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// ligatures holds the Latin ligatures and digraphs that are taken apart. The n
// with apostrophe becomes a letter apostrophe, which the quotes step straightens.
var ligatures = map[rune]string{
	'Ĳ': "IJ", 'ĳ': "ij", 'ŉ': "'n",
	'Ǳ': "DZ", 'ǲ': "Dz", 'ǳ': "dz", 'Ǆ': "DŽ", 'ǅ': "Dž", 'ǆ': "dž",
	'Ǉ': "LJ", 'ǈ': "Lj", 'ǉ': "lj", 'Ǌ': "NJ", 'ǋ': "Nj", 'ǌ': "nj",
	'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl", 'ﬅ': "ſt", 'ﬆ': "st",
}

// dropControls removes the controls that mean nothing in a text.
func dropControls(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x09, r == 0x0b, 0x0e <= r && r < 0x20, r == 0x7f,
			0x206a <= r && r <= 0x206f, r == 0xfeff, 0xfff9 <= r && r <= 0xfffc:
			return -1
		}
		return r
	}, s)
}
