package endpoint

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/pipeline/demo/world"
)

// The rules find reversed texts that were not turned, and reject none that was,
// whatever sentences the writer likes.
func TestReversedTexts(t *testing.T) {
	rules, err := check.Get("strict")
	if err != nil {
		t.Fatal(err)
	}
	const answers, count = 1500, 400
	images := world.DrawSplit(1, world.Split{Name: "x", Count: count})
	for writer, least := range map[world.Writer]int{{Seed: 1}: answers * 3 / 4, {Seed: 1, FirstFirst: true}: answers / 3} {
		found := 0
		for i := range answers {
			a, b := images[i*7%count], images[(i*13+5)%count]
			captionA, captionB := a.Captions[i%len(a.Captions)], b.Captions[i/3%len(b.Captions)]
			mention := []string{"", "first", "second"}[i%3]
			var said struct {
				Difference string `json:"difference"`
				Reversed   string `json:"difference_reversed"`
			}
			if err := json.Unmarshal([]byte(structured(writer, fmt.Sprint(i), mention, captionA, captionB)), &said); err != nil {
				t.Fatal(err)
			}
			if said.Difference != said.Reversed && !rules.Consistent(said.Difference, said.Reversed) {
				t.Errorf("rejected:\n%s\n%s", said.Difference, said.Reversed)
			}
			if !rules.Consistent(said.Difference, difference(writer, fmt.Sprint("again/", i), mention, captionA, captionB)) {
				found++
			}
		}
		if found < least {
			t.Errorf("%+v: of %d texts that were not turned, %d found", writer, answers, found)
		}
	}
}
