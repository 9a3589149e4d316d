package generate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards"
)

// uselessAnswers are answers of which no row may be made, by what is wrong with them.
// They come from a server that calls each of them a success.
var uselessAnswers = map[string]func(question string) (text, finish string){
	"length":         func(q string) (string, string) { text, _ := sound(q); return text[:40], "length" },
	"content filter": func(q string) (string, string) { text, _ := sound(q); return text, "content_filter" },
	"refusal": func(string) (string, string) {
		return "I'm sorry, but I can't help with comparing the first image with the second image.", "stop"
	},
	"echo of the question": func(q string) (string, string) { return q, "stop" },
	"echo of a caption":    func(q string) (string, string) { a, _ := captionsOf(q); return a, "stop" },
	"blank":                func(string) (string, string) { return " \n\t", "stop" },
	"loop": func(q string) (string, string) {
		text, _ := sound(q)
		return text + strings.Repeat(" The first image is a stark contrast to the second image.", 6), "stop"
	},
	"another row's text": func(q string) (string, string) {
		other := scenes[(hashOf(q)+1)%uint32(len(scenes))]
		return "The first image shows " + other[2] + ", while the second image shows " + other[3] + ".", "stop"
	},
}

// scenes are captions of two images, and of two others that share no word with
// them.
var scenes = [][4]string{
	{"a brown dog on a sandy beach", "two cats asleep on a red sofa", "a jet above the clouds", "a plate of broccoli"},
	{"a man riding a wave on a surfboard", "a kitchen with a stove and a sink", "a giraffe behind its fence", "several umbrellas"},
	{"a child flying a kite in a park", "a bus parked by the road", "three pizzas", "an elephant crossing water"},
}

// scenery is a plan of such captions, each pair another.
type scenery struct{ world }

func (s scenery) Pair(split string, k int64) (shards.Pair, error) {
	p, err := s.world.Pair(split, k)
	captions := scenes[k%int64(len(scenes))]
	p.CaptionA, p.CaptionB = fmt.Sprintf("%s at %d", captions[0], 100+k), fmt.Sprintf("%s at %d", captions[1], 100+k)
	return p, err
}

func captionsOf(question string) (a, b string) {
	_, captions, _ := strings.Cut(question, "Caption 1: ")
	a, b, _ = strings.Cut(captions, "\nCaption 2: ")
	return a, b
}

func sound(question string) (text, finish string) {
	a, b := captionsOf(question)
	return fmt.Sprintf("The first image shows %s; the second image, in contrast, shows %s.", a, b), "stop"
}

func TestNoUselessAnswerBecomesARow(t *testing.T) {
	t.Parallel()
	plan := scenery{world{train: 600, block: 1000}}
	accepted := func(name, fault string, write func(string) (string, string)) int64 {
		e := newEndpoint(t)
		e.write = write
		if fault != "" {
			e.set(always(fault))
		}
		o := options(t.TempDir(), e)
		o.Rules, o.Prompt = "strict", "paper"
		result, err := generate(t, o, plan, &tally{})
		if result.Manifest == nil {
			t.Fatalf("%s: %v", name, err)
		}
		return result.Manifest.Totals.Accepted
	}
	for name, write := range uselessAnswers {
		if n := accepted(name, "", write); n != 0 {
			t.Errorf("%s: %d of 600 became rows", name, n)
		}
	}
	for _, fault := range []string{"error body", "null", "no choices"} { // each with status 200
		if n := accepted(fault, fault, sound); n != 0 {
			t.Errorf("%s: %d of 600 became rows", fault, n)
		}
	}
	if n := accepted("sound", "", sound); n < 590 {
		t.Errorf("of sound answers %d of 600 became rows", n)
	}
}
