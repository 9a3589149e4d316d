package world

import (
	"fmt"
	"slices"
	"strings"
)

// Writer writes differences from captions, as a language model would: it sees
// no scene, and takes what only one caption mentions for a difference.
type Writer struct {
	// FirstFirst makes most main sentences name the first image first, as
	// language models do. Otherwise both orders are equally likely, in the same
	// sentence frames.
	FirstFirst bool
	// Seed keys the streams of the texts.
	Seed int64
}

// Difference describes image a relative to image b from their captions. The
// text depends on the writer, the label and the captions only. ok is false
// where a caption is not of this world.
func (w Writer) Difference(label, captionA, captionB string) (text string, ok bool) {
	a, okA := Parse(captionA)
	b, okB := Parse(captionB)
	if !okA || !okB {
		return "", false
	}
	r := newStream(w.Seed, "difference/%s/%q/%q", label, captionA, captionB)
	main := w.mainSentence(r, a.phrase(r), b.phrase(r))
	rest := further(r, a, b)
	r.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	rest = rest[:min(len(rest), weighted(r, .3, .5, .2))]
	switch {
	case len(rest) > 0 && r.chance(.15): // short answers: many are too short to keep
		return strings.Join(rest, " "), true
	case r.chance(.8):
		return strings.Join(append([]string{main}, rest...), " "), true
	}
	return strings.Join(append(rest, main), " "), true
}

func (w Writer) mainSentence(r stream, a, b string) string {
	if w.FirstFirst {
		return pick(r,
			fmt.Sprintf("The first image shows %s, while the second image shows %s.", a, b),
			fmt.Sprintf("In the first image there is %s, and in the second there is %s.", a, b),
			fmt.Sprintf("Image 1 features %s, whereas image 2 features %s.", a, b),
			fmt.Sprintf("Unlike the second image with %s, the first one contains %s.", b, a),
			fmt.Sprintf("The first picture depicts %s instead of %s.", a, b),
			fmt.Sprintf("There is %s in the second image but %s in the first image.", b, a))
	}
	return pick(r,
		fmt.Sprintf("The first image shows %s, while the second image shows %s.", a, b),
		fmt.Sprintf("In the first image there is %s, and in the second there is %s.", a, b),
		fmt.Sprintf("The first one contains %s, unlike the second image with %s.", a, b),
		fmt.Sprintf("While the second image shows %s, the first image shows %s.", b, a),
		fmt.Sprintf("In the second image there is %s, and in the first there is %s.", b, a),
		fmt.Sprintf("Unlike the second image with %s, the first one contains %s.", b, a))
}

// further gives a sentence for each attribute that differs, or that only one
// caption mentions: the mistake of a writer who takes silence for absence.
func further(r stream, a, b Mention) []string {
	var out []string
	if a.Size != "" && b.Size != "" && a.Size != b.Size {
		out = append(out, sizeSentence(r, a, b))
	}
	if a.Count > 0 && b.Count > 0 && a.Count != b.Count {
		more, fewer := ordered(a.Count > b.Count)
		out = append(out, pick(r,
			fmt.Sprintf("There are more %s in the %s image.", pick(r, "objects", "shapes"), more),
			fmt.Sprintf("The %s image has fewer %s.", fewer, pick(r, "objects", "shapes"))))
	}
	if a.Colour != "" && b.Colour != "" && a.Colour != b.Colour {
		out = append(out, pick(r,
			fmt.Sprintf("The color is %s in the first and %s in the second.", a.Colour, b.Colour),
			fmt.Sprintf("The first is %s rather than %s.", a.Colour, b.Colour)))
	}
	for _, f := range []struct{ a, b, noun string }{
		{a.Pattern, b.Pattern, "background"}, {a.Back, b.Back, "background"}, {a.Light, b.Light, "light"},
	} {
		if s := settingSentence(r, f.a, f.b, f.noun); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func ordered(firstWins bool) (winner, loser string) {
	if firstWins {
		return "first", "second"
	}
	return "second", "first"
}

func sizeSentence(r stream, a, b Mention) string {
	larger, smaller := ordered(slices.Index(Sizes, a.Size) > slices.Index(Sizes, b.Size))
	noun := map[string]string{"first": a.Noun, "second": b.Noun}
	return pick(r,
		fmt.Sprintf("The %s in the %s image is %s.", noun[larger], larger, pick(r, "larger", "bigger")),
		fmt.Sprintf("The %s in the %s image is smaller.", noun[smaller], smaller),
		fmt.Sprintf("The %s one is larger in size than the %s one.", larger, smaller))
}

func settingSentence(r stream, a, b, noun string) string {
	switch {
	case a != "" && b != "" && a != b:
		return fmt.Sprintf(pick(r, "The first has a %s %s and the second has a %s %s.", "The first image is set in a %s %s instead of a %s %s."), a, noun, b, noun)
	case a != "" && b == "":
		return fmt.Sprintf("The first image has a %s %s%s", a, noun, pick(r, ", unlike the second.", "."))
	case b != "" && a == "":
		return fmt.Sprintf("The second image has a %s %s%s", b, noun, pick(r, ", unlike the first.", "."))
	}
	return ""
}
