package check

import (
	"regexp"
	"strings"
)

// paper makes the rule set of the published recipe.
func paper(l limits) *Rules {
	return &Rules{
		version: "paper/1",
		drops: []rule{
			{name: "empty", at: emptyAt},
			{"reasoning", match(`(?i)</?think(ing)?>`), []string{"think"}},
			{"refusal", match(refusals), refusalNeeds},
			{"code", match(`(?i)#\s*(include|define)\b`), []string{"#"}},
			{"html", match(`(?i)<\s*/?\s*(p|br)\b[^<>]*>`), []string{"<"}},
			{"special_token", match(`(?i)<\|[^|<>]*\|>|</?s>|\[/?INST\]|<(start|end)_of_turn>`), []string{"<", "["}},
			{"markdown", match(`\*`), []string{"*"}},
			{"ruler", match(`(?m)^[ \t]*[-=_~]{3,}[ \t]*$|-{5,}|={5,}|_{5,}|~{5,}`), []string{"-", "=", "_", "~"}},
			{"web", match(`(?i)https?://|\bwww\.|` + boilerplate), []string{"http", "www", "click", "all rights", "terms of", "privacy", "subscribe", "sign up", "cookie"}},
			{name: "digits", at: l.digitRunAt},
			{"clock", match(`\b\d{1,2}:\d{2}\b`), []string{":"}},
			{"braces", match("[{}]{2,}|\"{2,}|'{3,}|`{2,}"), []string{"{", "}", `"`, "'", "`"}},
			{name: "repetition", at: l.repeatedAt},
			{"off_topic", match(offTopic), []string{"landing", "business", "100%", "marketing", "job", "post", "multiple", "correct", "homework", "essay", "source", "stack", "python"}},
			{"echo", match(`(?i)\bdescription:|\bcaption [12]:`), []string{"description:", "caption "}},
			{name: "non_ascii", at: nonASCIIAt},
		},
		cuts: []rule{
			{"cut_question", match(`\bQ:`), []string{"q:"}},
			{"cut_pleasantry", match(`\bI hope\b`), []string{"hope"}},
			{"cut_second_item", match(`#\s?2\s?[:.)]`), []string{"#"}},
			{"cut_note", match(`\bNote\b`), []string{"note"}},
		},
		cleaners: []cleaner{
			{"newline", strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace},
			{"tab", strings.NewReplacer("\t", " ").Replace},
			{"prefix", stripPrefix},
			{"hash", func(s string) string { return strings.ReplaceAll(s, "#", "") }},
			{"space", squeeze},
			{"full_stop", func(s string) string { return strings.TrimLeft(s, ".") }},
		},
		limits: l,
	}
}

// refusals are the ways in which a chat model declines. "cannot" alone is no
// sign: "the second dog cannot be seen".
const refusals = `(?i)\bas an? (ai|artificial intelligence|(large )?language model)\b|\bI['’]?m sorry,? (but|I)\b|^\W*sorry,? (but )?I\b|` +
	`\bI (cannot|can't|can not|am unable to|am not able to|'?m unable to|'?m not able to|do not have the ability to) (assist|help|provide|see|view|access|determine|describe|compare|answer|fulfil)`

// refusalNeeds are what each form of refusal has some of. Shorter ones are found in
// every text: "contains" has "ai".
var refusalNeeds = []string{
	"sorry", "i can", "i am ", "i 'm", "i m", "i do not", "as a ai", "as an ai", "as a artificial", "as an artificial", "as a language", "as an language",
	"as a large", "as an large",
}

// boilerplate is what answers copied from web pages carry.
const boilerplate = `\bclick here\b|\ball rights reserved\b|\bterms of (use|service)\b|\bprivacy policy\b|\bsubscribe to\b|\bsign up (for|to)\b|\bcookie policy\b`

// offTopic are phrases that no comparison of two photographs needs.
const offTopic = `(?i)\blanding page\b|\bbusiness plan\b|\b100% of the time\b|\bmarketing (plan|strategy)\b|\bjob description\b|\b(blog|forum) post\b|` +
	`\bmultiple[- ]choice\b|\bcorrect answer is\b|\bhomework\b|\bessay\b|\bsource code\b|\bstack overflow\b|\bpython (code|script)\b`

func match(pattern string) func(string) int { return matching(regexp.MustCompile(pattern)) }

// matching finds where a pattern begins.
func matching(re *regexp.Regexp) func(string) int {
	return func(s string) int {
		if loc := re.FindStringIndex(s); loc != nil {
			return loc[0]
		}
		return -1
	}
}

func emptyAt(s string) int {
	if strings.TrimSpace(s) == "" || strings.HasPrefix(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n\n") {
		return 0
	}
	return -1
}

// nonASCIIAt finds the first byte that is neither printable ASCII nor one of
// the white spaces that cleaning removes.
func nonASCIIAt(s string) int {
	for i := range len(s) {
		if c := s[i]; c != '\n' && c != '\r' && c != '\t' && (c < ' ' || c > '~') {
			return i
		}
	}
	return -1
}

var prefix = regexp.MustCompile(`^\s*(?:(?i:answer|a|difference|visual difference|response|output)\s*:|#?\s?\d{1,2}\s?[:.)](?:\s|$))`)

// stripPrefix takes "Answer:", "1." and "#1:" off the front. "2.5 times" and
// "3 dogs" stay.
func stripPrefix(s string) string {
	if loc := prefix.FindStringIndex(s); loc != nil {
		return s[loc[1]:]
	}
	return s
}

var spaces = regexp.MustCompile(` {2,}`)

func squeeze(s string) string {
	return spaces.ReplaceAllString(strings.Trim(s, " "), " ")
}
