package check

import "testing"

func TestOffCaption(t *testing.T) {
	const a, b = "A man riding a wave on top of a surfboard.", "Two buses on the street."
	for _, tt := range []struct {
		name, text string
		context    Context
		want       bool
	}{
		{"of both", "The first image shows a surfer, while the second image shows a bus.", Context{CaptionA: a, CaptionB: b}, false},
		{"other forms", "The first image shows waves and men; the second image shows a Bus.", Context{CaptionA: a, CaptionB: b}, false},
		{"of the first alone", "The first image is a man, the second image is a contrast.", Context{CaptionA: a, CaptionB: b}, true},
		{"of the second alone", "The first image is a high-tech marvel, the second image has buses.", Context{CaptionA: a, CaptionB: b}, true},
		{"of others", "The first image shows a zebra, while the second image shows a pizza.", Context{CaptionA: a, CaptionB: b}, true},
		{"one caption known", "A surfer rides.", Context{CaptionA: a}, false},
		{"no caption known", "A zebra.", Context{}, false},
		{"captions that name nothing", "A zebra.", Context{CaptionA: "The first one.", CaptionB: "An image."}, false},
	} {
		if got := offCaption(tt.context, tt.text); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
