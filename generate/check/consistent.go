package check

import (
	"cmp"
	"regexp"
	"slices"
)

// ReversedMismatch is the reason of two answers that are not Consistent.
const ReversedMismatch = "reversed_mismatch"

// Consistent tells whether the answers for a pair and for the same pair in the
// other order can both be right. They cannot when they say the same words: one
// difference cannot hold in both directions. Where the rules ask for it, nor can
// they when both say the same things of the first image and the same things of
// the second one.
func (r *Rules) Consistent(forward, reversed string) bool {
	return !slices.Equal(words(forward), words(reversed)) && !(r.turned && unturned(forward, reversed))
}

// unturned tells whether the second text calls the images as the first one does.
// It is sure or says no: each image must have a word of content in both texts that
// only this image has, and nothing said of one image in the first text may be said
// of the other one in the second.
func unturned(forward, reversed string) bool {
	f, r := wordsOf(forward), wordsOf(reversed)
	return meet(f.first, r.first) && meet(f.second, r.second) && !meet(f.first, r.second) && !meet(f.second, r.first)
}

func meet(a, b map[string]bool) bool {
	for w := range a {
		if b[w] {
			return true
		}
	}
	return false
}

// byImage are the words of content that a text says of one image alone.
type byImage struct{ first, second map[string]bool }

// wordsOf gives each image the words that follow its name, up to the next name or
// the end of the sentence, or to a word that denies or compares: what follows may
// be the other image's. A sentence in which words come before a name that they
// belong to ("a dog in the first image") is passed over.
func wordsOf(text string) byImage {
	out := byImage{map[string]bool{}, map[string]bool{}}
	for _, sentence := range sentenceEnd.Split(text, -1) {
		names := slices.Concat(named(sentence, out.first, byPlaceFirst, byNumberFirst), named(sentence, out.second, byPlaceSecond, byNumberSecond))
		slices.SortFunc(names, func(a, b name) int { return cmp.Compare(a.from, b.from) })
		if backward(sentence, names) {
			continue
		}
		for i, n := range names {
			said := sentence[n.to:until(sentence, names, i+1, n.to)]
			if but := contrast.FindStringIndex(said); but != nil {
				said = said[:but[0]]
			}
			for _, w := range contents(said) {
				n.of[w] = true
			}
		}
	}
	for w := range out.first {
		if out.second[w] {
			delete(out.first, w)
			delete(out.second, w)
		}
	}
	return out
}

var (
	sentenceEnd = regexp.MustCompile(`[.!?](?:\s|$)`)
	clause      = regexp.MustCompile(`(?i)[,;:]|\b(?:and|but|while|whereas|unlike|though|although)\b`)
	contrast    = regexp.MustCompile(`(?i)\b(?:instead|rather|than|without|no|not|none|neither|nor|never|more|less|fewer|lacks?|lacking|missing|except|unlike|unseen|absent)\b|n['’]t\b`)
	belongs     = regexp.MustCompile(`(?i)\b(?:in|of|on|from|to|by|for)(?:\s+the)?\s*$`)
)

// backward tells whether a name follows, as "in the first image", on words of its
// own clause.
func backward(sentence string, names []name) bool {
	before := 0
	for _, n := range names {
		if n.from < before {
			continue
		}
		part := sentence[before:n.from]
		if cuts := clause.FindAllStringIndex(part, -1); cuts != nil {
			part = part[cuts[len(cuts)-1][1]:]
		}
		if belongs.MatchString(part) && len(contents(part)) > 0 {
			return true
		}
		before = n.to
	}
	return false
}

// name is where a sentence names an image, and where the words of that image go.
type name struct {
	from, to int
	of       map[string]bool
}

// until gives where the words after a name end: where the next one begins.
func until(sentence string, names []name, next, from int) int {
	if next < len(names) {
		return max(from, names[next].from)
	}
	return len(sentence)
}

func named(sentence string, of map[string]bool, patterns ...mention) (out []name) {
	for _, p := range patterns {
		for start, end := range p.all(sentence) {
			out = append(out, name{start, end, of})
		}
	}
	return out
}
