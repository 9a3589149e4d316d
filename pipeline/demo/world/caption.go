package world

import "strings"

// synonyms are the ways a caption says a word.
var synonyms = map[string][]string{
	"large": {"large", "large", "big", "big", "huge", "larger", "bigger"}, "small": {"small", "small", "little", "tiny", "smaller"},
	"medium": {"medium-sized"}, "one": {"one", "a single"}, "two": {"two", "two", "a pair of"}, "three": {"three"},
	"gray": {"gray", "grey"}, "dim": {"in dim light", "in the dark"}, "bright": {"in bright light", "in daylight"},
}

var positions = map[string]string{
	"left": "on the left", "right": "on the right", "top": "at the top", "bottom": "at the bottom", "middle": "in the middle",
}

func say(r stream, word string) string {
	if s := synonyms[word]; s != nil {
		return pick(r, s...)
	}
	return word
}

func plural(noun string) string {
	if noun == "cross" {
		return noun + "es"
	}
	return noun + "s"
}

// Article puts "a" or "an" before a phrase.
func Article(phrase string) string {
	if strings.ContainsRune("aeiou", rune(phrase[0])) {
		return "an " + phrase
	}
	return "a " + phrase
}

// caption writes one incomplete caption: every attribute is mentioned with a
// chance of its own.
func (s Scene) caption(r stream) string {
	text := s.nounPhrase(r)
	if s.Companion != nil && r.chance(.5) {
		text += pick(r, " next to ", " beside ", " near ")
		kind := s.Companion.Shape
		if r.chance(.7) {
			kind = s.Companion.Colour + " " + kind
		}
		text += Article(kind)
	}
	if s.Position != "" && r.chance(.3) {
		text += " " + positions[s.Position]
	}
	text += s.backdrop(r)
	if r.chance(choose(s.Light == "dim", .25, .1)) {
		text += " " + say(r, s.Light)
	}
	text = s.opening(r) + text
	text = strings.ToUpper(text[:1]) + text[1:]
	if r.chance(.6) {
		text += "."
	}
	return text
}

func (s Scene) nounPhrase(r stream) string {
	var words []string
	if r.chance(choose(s.Size == "medium", .15, .5)) {
		words = append(words, say(r, s.Size))
	}
	if r.chance(.75) {
		words = append(words, s.Colour)
	}
	noun := s.Shape
	if !r.chance(.92) {
		noun = pick(r, "shape", "object")
	}
	if s.Count > 1 {
		number := "some"
		if r.chance(.8) {
			number = say(r, Counts[s.Count-1])
		}
		return number + " " + strings.Join(append(words, plural(noun)), " ")
	}
	phrase := strings.Join(append(words, noun), " ")
	if r.chance(.08) {
		return "a single " + phrase
	}
	return Article(phrase)
}

func (s Scene) backdrop(r stream) string {
	var words []string
	if r.chance(choose(s.Pattern == "plain", .12, .3)) {
		words = append(words, s.Pattern)
	}
	if r.chance(.3) {
		words = append(words, say(r, s.Back))
	}
	if len(words) == 0 {
		return ""
	}
	return pick(r, " on ", " against ", " over ") + Article(strings.Join(words, " ")) + pick(r, " background", " background", " backdrop")
}

// opening gives what stands before the noun. A few captions open with words
// that carry nothing, so that "first" and "second" have trained embeddings.
func (s Scene) opening(r stream) string {
	open := pick(r, "", "", "", "a photo of ", "this is a photo of ", "a picture of ", "an image of ", "there is ", "a drawing of ")
	if s.Count > 1 && open == "there is " {
		open = "there are "
	}
	if r.chance(.06) {
		return pick(r, "the first image shows ", "the second image shows ", "the first picture: ", "second picture: ", "image 1: ", "image 2: ")
	}
	return open
}

func choose(yes bool, a, b float64) float64 {
	if yes {
		return a
	}
	return b
}
