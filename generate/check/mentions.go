package check

// The vocabulary by which a text names an image: by its place ("the first
// image", "the second shows", "the former") or by its number ("image 1",
// "Picture B"). "both images" names both, "the other image" the one that is not
// named; alone it does not tell which.
const (
	imageNoun = `(?:image|picture|photo|photograph|scene|shot|snapshot)s?\b`
	// afterPlace is what follows "the first" where no noun does.
	afterPlace = `(?:\s*(?:[,;:.!?()']|$|-\s)|\s(?:is|are|has|have|had|having|was|were|being|does|do|can|shows?|showing|features?|featuring|depicts?|depicting|` +
		`contains?|containing|captures?|displays?|presents?|includes?|including|focuses|portrays?|appears?|looks?|seems|takes|lacks|gives|offers|involves|consists|` +
		`differs|describes|highlights|illustrates|emphasizes|conveys|suggests|a|an|the|in|on|at|with|without|by|to|for|from|as|than|not|and|or|but|while|whereas|` +
		`though|although|instead|only|also|there|which|that|where|who)\b)`
	number = `\b(?:image|picture|photo|photograph|scene)s?\s?(?:#|no\.?\s|number\s)?`
)

var (
	byPlaceFirst   = naming(`(?i)(?:`+byPlace("first|1st", "former")+`)`, "first", "1st", "the first", "the 1st", "the former")
	byPlaceSecond  = naming(`(?i)(?:`+byPlace("second|2nd", "latter")+`)`, "second", "2nd", "the second", "the 2nd", "the latter")
	byNumberFirst  = naming(`(?i:`+number+`)(?:1|(?i:one)|A)\b`, numbered...)
	byNumberSecond = naming(`(?i:`+number+`)(?:2|(?i:two)|B|(?:1|(?i:one)|A)(?: and |, | & )(?:2|(?i:two)|B))\b`, numbered...)
	both           = naming(`(?i)\b(?:both|the two)\s(?:of the |the )?(?:images|pictures|photos|photographs|scenes)\b`, "both", "the two")
	other          = naming(`(?i)\bthe other\s(?:image|picture|photo|photograph|scene|shows|depicts|features|displays|captures|contains|portrays|presents)\b`, "the other")
)

func byPlace(ordinal, pronoun string) string {
	// "the first, black-and-white image", "the first and second images"
	noun := `\b(?:` + ordinal + `)(?:(?:(?:,?\s[\w-]+){0,2}?| and the second)\s` + imageNoun + `|\sones?\b)`
	bare := `\bthe\s(?:` + ordinal + `)` + afterPlace
	return noun + `|` + bare + `|\bthe\s` + pronoun + `\b`
}

// oneImage tells whether the text leaves one of the images out. Which is named
// first does not matter.
func oneImage(text string) bool {
	first, second := byPlaceFirst.in(text), byPlaceSecond.in(text)
	if !first || !second {
		// Without the places, for "in the second image 1 dog" has no "image 1".
		rest := byPlaceSecond.without(byPlaceFirst.without(text))
		first, second = first || byNumberFirst.in(rest), second || byNumberSecond.in(rest)
	}
	switch {
	case first && second:
		return false
	case first || second:
		return !both.in(text) && !other.in(text)
	}
	return !both.in(text)
}

// wrongOrder tells whether the text names the image first that was to come
// second. A text that names both in one breath ("both images") or by other words
// is in no order.
func wrongOrder(c Context, text string) bool {
	if c.Order == AnyOrder {
		return false
	}
	first, second := earliest(text, byPlaceFirst, byNumberFirst), earliest(text, byPlaceSecond, byNumberSecond)
	if first < 0 || second < 0 || first == second {
		return false
	}
	return (first < second) != (c.Order == FirstFirst)
}

// earliest gives where the first of the patterns begins in text, -1 for nowhere.
func earliest(text string, patterns ...mention) int {
	at := -1
	for _, p := range patterns {
		if i := p.find(text); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	return at
}
