package tokenizer

import "strings"

// Clean gives the text as it is cut into words: fixed as ftfy does it, HTML
// references resolved twice, runs of white space one space, none at the ends,
// in lower case.
func Clean(text string) string {
	text, _ = clean(text)
	return text
}

// clean is Clean; suspicious tells what Suspicious does.
func clean(text string) (cleaned string, suspicious bool) {
	if !plain(text) {
		text, suspicious = fix(strings.ToValidUTF8(text, "\ufffd"))
		text = unescape(unescape(text))
	}
	return lower(strings.Join(strings.FieldsFunc(text, isSpace), " ")), suspicious
}

// plain tells the text that neither ftfy nor the HTML references change but in
// its white space: most captions.
func plain(text string) bool {
	for i := range len(text) {
		c := text[i]
		if c > '~' || c == '&' || c < ' ' && c != '\n' && c != '\t' && c != '\r' && c != '\f' {
			return false
		}
	}
	return true
}

// Suspicious tells whether ftfy would try to repair mojibake in the text, which
// this package does not. The ids of such a text can differ from open_clip's;
// most such texts are damaged.
func Suspicious(text string) bool {
	_, bad := clean(text)
	return bad
}
