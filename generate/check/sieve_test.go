package check

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func lowered(text string) *sieve {
	s := &sieve{}
	s.fill(text)
	return s
}

// A sieve says of every string what a search says.
func TestSieve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.StringOf(rapid.SampledFrom([]rune("ab é")))
		var s sieve
		s.fill(few.Draw(t, "before"))
		text := few.Draw(t, "text")
		s.fill(text)
		parts := []string{few.Draw(t, "part"), "", text}
		if len(text) > 0 {
			from := rapid.IntRange(0, len(text)-1).Draw(t, "from")
			parts = append(parts, text[from:rapid.IntRange(from, len(text)).Draw(t, "to")])
		}
		for _, part := range parts {
			if got, want := s.has(part), strings.Contains(text, part); got != want {
				t.Fatalf("%q in %q: %t", part, text, got)
			}
		}
	})
}
