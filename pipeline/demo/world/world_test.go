package world

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func some(t testing.TB, n int) []Image {
	t.Helper()
	return DrawSplit(7, Split{"test", n, false})
}

// share checks a rate against what the world promises; 4 standard errors wide.
func share(t *testing.T, what string, hits, n int, want, tolerance float64) {
	t.Helper()
	if got := float64(hits) / float64(n); got < want-tolerance || got > want+tolerance {
		t.Errorf("%s: %.3f of %d, want %.3f +- %.3f", what, got, n, want, tolerance)
	}
}

func TestHeldOutKindsOccurInTheirSplitOnly(t *testing.T) {
	for _, held := range []bool{false, true} {
		for _, img := range DrawSplit(1, Split{"x", 2000, held}) {
			if img.Scene.HeldOut() != held {
				t.Fatalf("%v in a split with held=%v", img.Scene.Kind, held)
			}
			if c := img.Scene.Companion; c != nil && (c.HeldOut() || c.Colour == img.Scene.Colour || c.Shape == img.Scene.Shape) {
				t.Fatalf("companion %v beside %v", c, img.Scene.Kind)
			}
		}
	}
}

func TestScenesFollowTheirRates(t *testing.T) {
	images := some(t, 6000)
	counts := map[string]int{}
	for _, img := range images {
		s := img.Scene
		for what, yes := range map[string]bool{
			"large": s.Size == "large", "medium": s.Size == "medium", "one": s.Count == 1, "three": s.Count == 3, "dim": s.Light == "dim",
			"striped": s.Pattern == "striped", "black": s.Back == "black", "companion": s.Companion != nil, "red": s.Colour == "red",
		} {
			if yes {
				counts[what]++
			}
		}
	}
	for what, want := range map[string]float64{
		"large": .4, "medium": .2, "one": .5, "three": .25, "dim": .3, "striped": 1. / 3, "black": 1. / 3, "companion": .75 * .25, "red": 1. / 8,
	} {
		share(t, what, counts[what], len(images), want, .025)
	}
}

func TestCaptionsMentionAtTheirRates(t *testing.T) {
	images := some(t, 4000)
	var n, colour, number, plurals, empty, stop, words int
	misleading := regexp.MustCompile(`^(The first|The second|Second picture|Image [12])`)
	for _, img := range images {
		for _, c := range img.Captions {
			n++
			m, ok := Parse(c)
			if !ok {
				t.Fatalf("caption %q does not read back", c)
			}
			colour += count(m.Colour != "")
			if img.Scene.Count > 1 {
				plurals++
				number += count(m.Count > 0)
			}
			empty += count(misleading.MatchString(c))
			stop += count(strings.HasSuffix(c, "."))
			words += len(strings.Fields(c))
		}
	}
	share(t, "colour", colour, n, .75, .015)
	share(t, "number of several", number, plurals, .8, .02)
	share(t, "openings that carry nothing", empty, n, .06, .01)
	share(t, "full stops", stop, n, .6, .015)
	if mean := float64(words) / float64(n); mean < 8 || mean > 11 {
		t.Errorf("%.2f words a caption", mean)
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// What a caption says is true of its scene.
func TestCaptionsAreTrue(t *testing.T) {
	for _, img := range some(t, 2000) {
		s := img.Scene
		for _, c := range img.Captions {
			m, _ := Parse(c)
			if m.Colour != "" && m.Colour != s.Colour || m.Shape != "" && m.Shape != s.Shape || m.Size != "" && m.Size != s.Size ||
				m.Count > 0 && m.Count != s.Count || m.Back != "" && m.Back != s.Back || m.Pattern != "" && m.Pattern != s.Pattern ||
				m.Light != "" && m.Light != s.Light || m.Position != "" && m.Position != s.Position || m.Companion != "" && s.Companion == nil {
				t.Fatalf("%q of %+v reads %+v", c, s, m)
			}
		}
	}
}

func TestCaptionsLackTheWordsOfDifferences(t *testing.T) {
	words := regexp.MustCompile(`(?i)\b(more|fewer|than|while|whereas|unlike|instead)\b`)
	for _, img := range some(t, 1000) {
		for _, c := range img.Captions {
			if words.MatchString(c) {
				t.Fatalf("caption %q", c)
			}
		}
	}
}

func TestDifferencesAreLongEnoughAndNameBothImages(t *testing.T) {
	images := some(t, 3000)
	w := Writer{Seed: 1}
	var long, first, both, n int
	for i := 0; i+1 < len(images); i += 2 {
		a, b := images[i].Captions[0], images[i+1].Captions[0]
		text, ok := w.Difference("", a, b)
		if !ok {
			t.Fatalf("no difference of %q and %q", a, b)
		}
		n++
		long += count(len(text) >= 60)
		both += count(strings.Contains(text, "first") && strings.Contains(text, "second"))
		first += count(strings.Index(strings.ToLower(text), "first") < strings.Index(strings.ToLower(text), "second"))
		if again, _ := w.Difference("", a, b); again != text {
			t.Fatalf("one pair, two texts: %q, %q", text, again)
		}
	}
	share(t, "at least 60 characters", long, n, .94, .05)
	share(t, "name both images", both, n, .95, .05)
	share(t, "first image first", first, n, .5, .06)
}

func TestOtherTextIsNotOfTheWorld(t *testing.T) {
	for _, c := range []string{"", "A man riding a wave on a surfboard.", "a photo of", "red", "on a striped background", "A red dog"} {
		if m, ok := Parse(c); ok {
			t.Errorf("%q reads as %+v", c, m)
		}
	}
}

// The pixels of 40 images, by hash: a change of the world must be meant.
func TestRenderingIsFixed(t *testing.T) {
	h := sha256.New()
	for _, img := range DrawSplit(0, Split{"golden", 40, false}) {
		h.Write(img.Pixels())
		h.Write([]byte(strings.Join(img.Captions[:], "\n")))
	}
	const want = "3b4d246c3d93f53d83aa7ff7fe83f21221576b0c67ed9fd612a1c829f8117acb"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("the world has changed: %s", got)
	}
}

func TestWriteFilesMakesCOCOAndStopsAtTheStamp(t *testing.T) {
	dir := t.TempDir()
	splits := []Split{{"diff", 1, false}} // one image: drawn is not guarded
	drawn := int64(0)
	write := func() {
		if err := WriteFiles(context.Background(), dir, 1, splits, func(n int64) { drawn += n }); err != nil {
			t.Fatal(err)
		}
	}
	write()
	write()
	if drawn != 1 {
		t.Errorf("drew %d images for two calls", drawn)
	}
	b, err := os.ReadFile(filepath.Join(dir, "diff.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file coco
	if err := json.Unmarshal(b, &file); err != nil || len(file.Images) != 1 || len(file.Annotations) != CaptionsPerImage {
		t.Fatalf("%v\n%s", err, b)
	}
	if _, err := os.Stat(filepath.Join(dir, "images", file.Images[0].FileName)); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	for _, img := range some(f, 5) {
		f.Add(img.Captions[0])
	}
	f.Fuzz(func(t *testing.T, caption string) {
		a, ok := Parse(caption)
		if !ok {
			return
		}
		if a.Noun == "" {
			t.Fatalf("%q reads without a noun", caption)
		}
		if text, ok := (Writer{}).Difference("", caption, caption); !ok || text == "" {
			t.Fatalf("%q gives no difference with itself", caption)
		}
	})
}

func BenchmarkPixels(b *testing.B) {
	images := some(b, 64)
	i := 0
	for b.Loop() {
		images[i%64].Pixels()
		i++
	}
}
