package world

import (
	"regexp"
	"slices"
	"strings"
)

// Mention is what a caption says, read back from its words alone. Empty fields
// and zero were not mentioned.
type Mention struct {
	Noun                           string // "circle", "object", ...
	Plural                         bool
	Shape, Colour, Size            string
	Count                          int
	Back, Pattern, Light, Position string
	Companion                      string // with its article
}

var (
	backdropPhrase  = regexp.MustCompile(`(?:on|against|over) an? ([a-z ]+?) (?:background|backdrop)`)
	emptyOpening    = regexp.MustCompile(`the (?:first|second) image shows|the first picture:|second picture:|image [12]:`)
	companionPhrase = regexp.MustCompile(`(?:next to|beside|near) (an? .*)`)
	plainOpening    = regexp.MustCompile(`^.*(?:photo|picture|image|drawing) of |there (?:is|are) `)
)

// base gives the word of the world that a synonym stands for.
var base = func() map[string]string {
	m := map[string]string{}
	for word, synonyms := range synonyms {
		for _, s := range synonyms {
			m[s] = word
		}
	}
	return m
}()

func baseWord(w string) string {
	if b, ok := base[w]; ok {
		return b
	}
	return w
}

// Parse reads a caption of the world. ok is false where the words are not the
// world's.
func Parse(caption string) (m Mention, ok bool) {
	t := strings.TrimSuffix(strings.ToLower(strings.TrimSpace(caption)), ".")
	for _, light := range Lights {
		for _, s := range synonyms[light] {
			if strings.Contains(t, s) {
				m.Light, t = light, strings.ReplaceAll(t, s, "")
			}
		}
	}
	if found := backdropPhrase.FindStringSubmatch(t); found != nil {
		if !m.backdrop(found[1]) {
			return m, false
		}
		t = strings.Replace(t, found[0], "", 1)
	}
	for _, p := range []string{"left", "right", "top", "bottom", "middle"} {
		if strings.Contains(t, positions[p]) {
			m.Position, t = p, strings.Replace(t, positions[p], "", 1)
		}
	}
	t = emptyOpening.ReplaceAllString(t, "")
	if at := companionPhrase.FindStringSubmatchIndex(t); at != nil {
		m.Companion, t = strings.TrimSpace(t[at[2]:at[3]]), t[:at[0]]
	}
	t = strings.TrimSpace(plainOpening.ReplaceAllString(t, ""))
	if rest, pair := strings.CutPrefix(t, "a pair of"); pair {
		m.Count, t = 2, rest
	}
	for _, w := range strings.Fields(t) {
		if !m.word(w) {
			return m, false
		}
	}
	return m, m.Noun != ""
}

func (m *Mention) backdrop(words string) bool {
	for _, w := range strings.Fields(words) {
		switch w = baseWord(w); {
		case slices.Contains(Backs, w):
			m.Back = w
		case slices.Contains(Patterns, w):
			m.Pattern = w
		default:
			return false
		}
	}
	return true
}

// word takes one word of the noun phrase, and says whether it knows it.
func (m *Mention) word(w string) bool {
	one := singular(w)
	b := baseWord(w)
	switch {
	case slices.Contains(Sizes, b):
		m.Size = b
	case slices.Contains(Colours, w):
		m.Colour = w
	case slices.Contains(Shapes, one):
		m.Shape, m.Noun, m.Plural = one, one, one != w
	case one == "shape" || one == "object":
		m.Noun, m.Plural = one, one != w
	case slices.Contains(Counts, b):
		m.Count = slices.Index(Counts, b) + 1
	case w == "a" || w == "an" || w == "single":
		if m.Count == 0 {
			m.Count = 1
		}
	case w == "some":
	default:
		return false
	}
	return true
}

func singular(w string) string {
	switch {
	case w == "crosses":
		return "cross"
	case w == "cross":
		return w
	}
	return strings.TrimSuffix(w, "s")
}

// phrase says what is mentioned of the main object.
func (m Mention) phrase(r stream) string {
	var words []string
	if m.Size == "medium" {
		words = append(words, "medium-sized")
	} else if m.Size != "" {
		words = append(words, m.Size)
	}
	if m.Colour != "" {
		words = append(words, m.Colour)
	}
	noun := m.Noun
	if m.Plural {
		noun = plural(noun)
	}
	text := strings.Join(append(words, noun), " ")
	switch {
	case !m.Plural:
		text = Article(text)
	case m.Count > 0:
		text = Counts[m.Count-1] + " " + text
	default:
		text = "several " + text
	}
	if m.Companion != "" && r.chance(.7) {
		text += " next to " + m.Companion
	}
	return text
}
