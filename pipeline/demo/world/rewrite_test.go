package world

import (
	"strings"
	"testing"
)

// A rewritten caption says what the caption says, in other words, and always the
// same.
func TestRewritesSayTheSame(t *testing.T) {
	w := Writer{Seed: 1}
	for _, image := range some(t, 1000) {
		caption := image.Captions[0]
		text, ok := w.Rewrite("", caption)
		again, _ := w.Rewrite("", caption)
		m, _ := Parse(caption)
		if !ok || text == caption || text != again {
			t.Fatalf("%q becomes %q, and %q", caption, text, again)
		}
		for _, word := range []string{m.Colour, m.Noun, m.Pattern, positions[m.Position], m.Back} {
			if !strings.Contains(text, word) {
				t.Fatalf("%q becomes %q, without %q", caption, text, word)
			}
		}
	}
	if text, ok := w.Rewrite("", "A man surfs."); ok {
		t.Errorf("a caption of no world becomes %q", text)
	}
}
