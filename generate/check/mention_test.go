package check

import (
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A mention is found, and taken out, where its pattern alone finds it.
func TestMentionIsWhereItsPatternIs(t *testing.T) {
	all := map[string]mention{
		"first by place": byPlaceFirst, "second by place": byPlaceSecond, "first by number": byNumberFirst,
		"second by number": byNumberSecond, "both": both, "the other": other,
	}
	anywhere := map[string]*regexp.Regexp{}
	for name, m := range all {
		anywhere[name] = regexp.MustCompile(m.pattern)
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
			want, got := anywhere[name].FindAllStringIndex(text, -1), [][]int(nil)
			for start, end := range m.all(text) {
				got = append(got, []int{start, end})
			}
			if !slices.EqualFunc(got, want, slices.Equal) {
				t.Fatalf("%s in %q: at %v, not %v", name, text, got, want)
			}
			if got, want := m.without(text), anywhere[name].ReplaceAllLiteralString(text, ""); got != want {
				t.Fatalf("%q without %s: %q, not %q", text, name, got, want)
			}
		}
	})
}
