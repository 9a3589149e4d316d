package check

import "strings"

// offCaption tells whether the text has no word of content in common with one of
// the captions: it then speaks of something else, or is the answer to another
// question. A caption without such words is passed over.
func offCaption(c Context, text string) bool {
	said := contents(text)
	return off(said, contents(c.CaptionA)) || off(said, contents(c.CaptionB))
}

func off(said, caption []string) bool {
	for _, w := range caption {
		for _, s := range said {
			if kin(w, s) {
				return false
			}
		}
	}
	return len(caption) > 0
}

// kin tells whether two words may be forms of one: they begin with the same four
// letters, or the shorter one begins the longer.
func kin(a, b string) bool {
	n := min(len(a), len(b), 4)
	return a[:n] == b[:n]
}

// contents gives the words of a text that may name what an image shows: three
// letters or more, and not one of those that any text has.
func contents(s string) []string {
	var out []string
	for _, w := range words(s) {
		if len(w) >= 3 && !anyText[w] {
			out = append(out, w)
		}
	}
	return out
}

var anyText = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(`
		the and but nor for with without from into onto over under near next there here where which who whom whose what when while whereas though
		although however unlike instead than then that this these those they them their its his her hers him she has have had are was were been being
		not also very more most less least only just both each one two some any all other another same such can could may might will would
		image images picture pictures photo photos photograph photographs scene scenes shot snapshot
		first second former latter shows show showing shown features featuring depicts depicting displays captures contains containing presents portrays
		contrast difference differences different differs compared comparison example description caption captions`) {
		set[w] = true
	}
	return set
}()
