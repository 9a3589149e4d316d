package check

import (
	"regexp"
	"strings"
)

var (
	announced = regexp.MustCompile(`(?i)^\W*(?:(?:sure|certainly|of course|absolutely|okay|ok)\b[,.!]?\s*)?(?:here(?:['’]s| is| are)|the following is|below is)\s[^:.]{0,80}` +
		`\b(?:descriptions?|differences?|comparisons?|answer|summary|sentences?|response)\b[^:.]{0,80}:\s*`)
	agreed = regexp.MustCompile(`(?i)^(?:sure|certainly|of course|absolutely)[,.!]\s+`)
)

// stripPreamble takes "Sure! Here is the difference:" off the front.
func stripPreamble(s string) string {
	if strings.Contains(s, ":") { // most texts have none, and the pattern is long
		if loc := announced.FindStringIndex(s); loc != nil {
			return s[loc[1]:]
		}
	}
	if loc := agreed.FindStringIndex(s); loc != nil {
		return s[loc[1]:]
	}
	return s
}

// stripQuotes takes off the quotes around a whole answer.
func stripQuotes(s string) string {
	if len(s) > 1 && s[0] == '"' && strings.IndexByte(s[1:], '"') == len(s)-2 {
		return s[1 : len(s)-1]
	}
	return s
}
