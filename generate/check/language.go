package check

import "strings"

// judgedWords: fewer words tell no language.
const judgedWords = 6

// english are function words of English that are rare in other languages of
// Latin script.
var english = set("the and with while which that this these those has have had are were been being from there their they " +
	"its it but than then both more most less some any each other another only by for not does do did can could will would " +
	"into onto over under between behind beside near next around against through without whereas where when who whose what " +
	"instead however also very too just out up down off all many several few no one two three four five six he she his her him " +
	"them you your we our i'm it's isn't aren't doesn't has hasn't unlike like whereas along across above below")

// shared are function words of English that other languages write alike; they
// speak neither for nor against English.
var shared = set("a an in on is of was as at to so or be if me my over no he we die was all i")

func set(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(s) {
		out[w] = true
	}
	return out
}

// languageAt finds a letter of another script, or a text that is not English:
// of its words, those aside that other languages share, too few are function
// words of English, fewer than one in ten in the built-in sets. Plain English has about one in four, German,
// Dutch, French or Spanish almost none.
func (l limits) languageAt(s string) int {
	if at := foreignAt(s); at >= 0 {
		return at
	}
	ours, all := 0, 0
	for _, w := range words(s) {
		switch {
		case shared[w]:
		case english[w]:
			ours++
			all++
		default:
			all++
		}
	}
	if all >= judgedWords && float64(ours) < l.english*float64(all) {
		return 0
	}
	return -1
}
