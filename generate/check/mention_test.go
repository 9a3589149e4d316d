package check

import (
	"testing"

	"pgregory.net/rapid"
)

// A mention is found where its pattern alone finds it.
func TestMentionIsWhereItsPatternIs(t *testing.T) {
	all := map[string]mention{
		"first by place": byPlaceFirst, "second by place": byPlaceSecond, "first by number": byNumberFirst,
		"second by number": byNumberSecond, "both": both, "the other": other,
	}
	parts := []string{
		"the", "The", "first", "First", "1st", "second", "2nd", "former", "latter", "image", "Images", "photo", "photographs", "scene", "one", "ones",
		"two", "1", "2", "A", "B", "a", "#", "no. ", " and ", ", ", ".", " ", " ", " ", "\n", "\f", "\v", "-", "\u017f", "\u212a", "both", "other", "shows", "of the", "dog", "é", "_", "x", "'s",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for _, p := range rapid.SliceOfN(rapid.SampledFrom(parts), 1, 20).Draw(t, "parts") {
			text += p
		}
		for name, m := range all {
			want := -1
			if loc := m.anywhere.FindStringIndex(text); loc != nil {
				want = loc[0]
			}
			if got := m.find(text); got != want {
				t.Fatalf("%s in %q: at %d, not %d", name, text, got, want)
			}
		}
	})
}
