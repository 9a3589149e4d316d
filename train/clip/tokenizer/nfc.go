package tokenizer

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many marks in a row the library composes as Unicode says; it
// breaks longer rows up with a character of its own.
const maxMarks = 28

// nfc composes the text, Unicode's form C.
func nfc(s string) string {
	marks := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			marks = 0
			i++
			continue
		}
		p := norm.NFD.PropertiesString(s[i:])
		if p.CCC() != 0 || p.LeadCCC() != 0 || p.TrailCCC() != 0 || !p.BoundaryBefore() {
			marks += max(1, utf8.RuneCount(p.Decomposition()))
		} else {
			marks = 0
		}
		if marks > maxMarks {
			return longNFC(s)
		}
		i += p.Size()
	}
	return norm.NFC.String(s)
}

// longNFC is nfc for any number of marks: decompose, sort each row of marks by
// class, compose each mark with the last starter where nothing blocks it.
func longNFC(s string) string {
	var chars []classed
	for _, r := range s {
		for _, d := range norm.NFD.String(string(r)) {
			chars = append(chars, classed{d, norm.NFD.PropertiesString(string(d)).CCC()})
		}
	}
	for i := 0; i < len(chars); {
		n := 1
		for i+n < len(chars) && chars[i+n].class != 0 {
			n++
		}
		marks := chars[i : i+n]
		if marks[0].class == 0 {
			marks = marks[1:]
		}
		slices.SortStableFunc(marks, func(a, b classed) int { return cmp.Compare(a.class, b.class) })
		i += n
	}
	return compose(chars)
}

// classed is a character with its canonical combining class, 0 for a starter.
type classed struct {
	r     rune
	class uint8
}

func compose(chars []classed) string {
	var out []rune
	starter, last := -1, uint8(0) // last is the class of the last character kept
	for _, c := range chars {
		if starter >= 0 && (last < c.class || last == 0 && starter == len(out)-1) {
			if both := []rune(norm.NFC.String(string([]rune{out[starter], c.r}))); len(both) == 1 {
				out[starter] = both[0]
				continue
			}
		}
		if c.class == 0 {
			starter = len(out)
		}
		last = c.class
		out = append(out, c.r)
	}
	return string(out)
}
