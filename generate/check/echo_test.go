package check

import "testing"

func TestCaptionEcho(t *testing.T) {
	const a, b = "A brown dog runs along a sandy beach near the water.", "Two cats sleep on a red sofa."
	for _, tt := range []struct {
		name, text string
		context    Context
		want       bool
	}{
		{"the first", a, Context{CaptionA: a, CaptionB: b}, true},
		{"the second", "two cats sleep on a red sofa", Context{CaptionA: a, CaptionB: b}, true},
		{"a word changed", "A brown dog runs along a rocky beach near the water.", Context{CaptionA: a, CaptionB: b}, true},
		{"a word more", "A brown dog runs along a sandy beach near the deep water.", Context{CaptionA: a}, true},
		{"both", a + " " + b, Context{CaptionA: a, CaptionB: b}, true},
		{"both, turned", b + " " + a, Context{CaptionA: a, CaptionB: b}, true},
		{"both, framed", "The first image shows a brown dog that runs along a sandy beach, while in the second image two cats sleep on a red sofa.", Context{CaptionA: a, CaptionB: b}, false},
		{"half of one", "A brown dog runs.", Context{CaptionA: a, CaptionB: b}, false},
		{"same words, other order", "The sandy water runs near a brown beach along a dog.", Context{CaptionA: a, CaptionB: b}, false},
		{"one of several", "A dog at the sea.", Context{CaptionA: a + " | A dog at the sea.", CaptionB: b}, true},
		{"one of several of each", "Cats on a couch. A dog at the sea.", Context{CaptionA: a + " | A dog at the sea.", CaptionB: b + " | Cats on a couch."}, true},
		{"no captions", "", Context{}, false},
		{"marks for a caption", a, Context{CaptionA: "...", CaptionB: "!"}, false},
	} {
		if got := strictLimits().echoesCaption(tt.context, tt.text); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
