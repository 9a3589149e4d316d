package check

import "strings"

// sieve tells fast of most strings that the lower case of a text has them not: it
// holds three bytes in a row as one bit of 4,096.
type sieve struct {
	text string
	bits [64]uint64
}

// fill takes in a text instead of the one before.
func (s *sieve) fill(text string) {
	text = strings.ToLower(text)
	s.text, s.bits = text, [64]uint64{}
	for i := 2; i < len(text); i++ {
		word, bit := grain(text[i-2], text[i-1], text[i])
		s.bits[word] |= bit
	}
}

// has tells whether the lower case contains part.
func (s *sieve) has(part string) bool {
	for i := 2; i < len(part); i++ {
		if word, bit := grain(part[i-2], part[i-1], part[i]); s.bits[word]&bit == 0 {
			return false
		}
	}
	return strings.Contains(s.text, part)
}

// grain gives the place of three bytes.
func grain(a, b, c byte) (word uint32, bit uint64) {
	h := (uint32(a) | uint32(b)<<8 | uint32(c)<<16) * 0x9e3779b1 >> 20
	return h >> 6, 1 << (h & 63)
}
