package loss

import (
	"slices"
	"testing"
)

func TestParseTemperature(t *testing.T) {
	for text, want := range map[string]struct {
		t  float64
		l  Learning
		ok bool
	}{
		"0.07": {.07, Fixed, true}, "learned": {1, Learned, true}, "clamped": {1, Clamped, true}, "learned:0.2": {.2, Learned, true},
		"clamped:0.05": {.05, Clamped, true}, "0": {}, "-1": {}, "NaN": {}, "Inf": {}, "": {}, "learned:": {}, "warm": {}, "warm:1": {},
	} {
		got, l, err := ParseTemperature(text, 1)
		if (err == nil) != want.ok || got != want.t || l != want.l {
			t.Errorf("%q: %v %q %v", text, got, l, err)
		}
	}
}

func TestParseMasks(t *testing.T) {
	got, err := ParseMasks("texts, images,texts")
	if err != nil || !slices.Equal(got, []Mask{Images, Texts}) {
		t.Errorf("%v %v", got, err)
	}
	if got, err := ParseMasks(""); err != nil || got != nil {
		t.Errorf("nothing: %v %v", got, err)
	}
	if _, err := ParseMasks("image"); err == nil {
		t.Error("an unknown mask was taken")
	}
}
