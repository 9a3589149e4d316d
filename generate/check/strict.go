package check

import "strings"

// strict makes the rule set for models of today: what is wrong in any answer is
// dropped, and the answer must be English, speak of both images and fit into a
// CLIP text tower.
func strict(l limits) *Rules {
	return &Rules{
		version: "strict/5",
		drops: []rule{
			{name: "empty", at: blankAt},
			{"reasoning", match(thinking), []string{"<", "let me", "let's", "let\u2019s", "need", "should", "have", "user"}},
			{"refusal", match(refusals + `|` + declines), append([]string{"i don", "please ", "could you ", "no image", "no caption"}, refusalNeeds...)},
			{"code", match(code), []string{"#", "(", "{", "\\", "import"}},
			{"special_token", match(specialToken), []string{"<", "[", "###"}},
			{"html", match(`(?i)</?[a-z][a-z0-9]*(\s[^<>]*)?/?>|<!--|&(amp|lt|gt|quot|nbsp|#\d+);`), []string{"<", "&"}},
			{"markdown", match(markdown), append(pairs("-+", "\t\n\f\r "), "*", "#", "``", "__", "\u2022", "](", "|", "2.", "2)")},
			{"ruler", match(`(?m)^[ \t]*[-=_~]{3,}[ \t]*$|-{5,}|={5,}|_{5,}|~{5,}`), pairs("-=_~", "-=_~")},
			{
				"web", match(`(?i)https?://|\bwww\.|\b[\w.]+@[\w-]+\.[a-z]{2,}\b|` + boilerplate),
				[]string{"http", "www", "@", "click", "all rights", "terms of", "privacy", "subscribe", "sign up", "cookie"},
			},
			{name: "digits", at: l.digitRunAt},
			{name: "repetition", at: l.repeatedAt},
			{"prompt_echo", match(promptEcho), []string{":", "captions", "relative", "sentences", "words", "you will"}},
			{"hedging", match(hedging), hedgingNeeds},
			{name: "language", at: l.languageAt},
			{name: "characters", at: charactersAt},
		},
		cuts: []rule{
			{"cut_turn", match(`(?m)^\s*(Q|Question|User|Human|Assistant)\s?:|\bQ:`), []string{":"}},
			{"cut_pleasantry", match(`\b(I hope (this|that|it|these)|(Please )?[Ll]et me know if|(Please )?[Ff]eel free to)\b`), []string{"hope", "let me know", "feel free"}},
			{"cut_note", match(`\(?\bNote( that these)?:`), []string{"note"}},
		},
		cleaners: []cleaner{
			{"typography", typography.Replace},
			{"newline", strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace},
			{"tab", strings.NewReplacer("\t", " ").Replace},
			{"preamble", stripPreamble},
			{"prefix", stripPrefix},
			{"quotes", stripQuotes},
			{"space", squeeze},
			{"full_stop", func(s string) string { return strings.TrimLeft(s, ".") }},
		},
		limits:        l,
		turned:        true,
		duplicate:     true,
		nearDuplicate: true,
		asks: []ask{
			{"caption_echo", l.echoesCaption},
			{"one_image", func(_ Context, text string) bool { return oneImage(text) }},
			{"mention_order", wrongOrder},
			{"compressible", l.compressible},
			{"too_long", l.tooLong},
			{"off_caption", offCaption},
		},
	}
}

// thinking is what a reasoning model leaves in its answer: its tags, or how it
// starts to talk to itself.
const thinking = `(?i)</?(think|thinking|thought|reasoning|scratchpad|reflection)>|` +
	`^\W*((okay|ok|alright|hmm|well|so|wait|first),?\s+)*(let me\b|let['’]s\b|i need to\b|i should\b|we need to\b|we have to\b|the user (wants|asks|is asking|has asked|gave|provided)\b)`

// declines are refusals that the recipe does not know.
const declines = `\bI (don['’]t|do not) have (access|the ability|any (image|information))|` +
	`\b(please|could you) (provide|share|upload)\b|\bno (images?|captions?) (was|were|is|are|has been|have been) (provided|given|attached)\b`

const code = `(?i)#\s*(include|define)\b|\bdef \w+\(|\bfunction\s*\w*\(|\bprint(ln|f)?\(|\bconsole\.log|(?m:^\s*import \w+)|\\(boxed|begin|text|frac)\b|^\s*\[?\s*\{|\}\s*$`

const specialToken = `(?i)<[|｜][^|｜<>]*[|｜]>|</?s>|\[/?INST\]|<</?SYS>>|<(start|end)_of_turn>|<(pad|unk|eos|bos|mask)>|` +
	`#{3,} ?(instruction|response|human|assistant|user|input|output)\b`

const markdown = "(?m)`{2,}" + `|\*\*|\*\w[^*]*\*|\b__\w|^\s*(#{1,6}|[-*+•]|2[.)])\s|\]\(|^\s*\|.*\|\s*$`

// promptEcho are words of the instruction, which no difference needs.
const promptEcho = `(?i)\bdescription:|\bcaption [12ab]:|\bcaptions? of (the )?two images\b|\bvisual difference of the first image relative\b|` +
	`\b(one or two|plain) (plain )?sentences\b|\bat most \d+ words\b|\byou will (read|be given)\b`

// pairs gives every byte of one string before every byte of the other.
func pairs(first, second string) (all []string) {
	for i := range len(first) {
		for k := range len(second) {
			all = append(all, first[i:i+1]+second[k:k+1])
		}
	}
	return all
}

func blankAt(s string) int {
	if strings.TrimSpace(s) == "" {
		return 0
	}
	return -1
}
