package prompts

import "strings"

// Message is one turn of a conversation.
type Message struct {
	Role    string // "user"
	Content string
}

// Render gives the messages that ask for the difference of image a (caption 1)
// relative to image b (caption 2), or for another caption of image a. White
// space inside a caption, line breaks too, becomes single spaces, so each
// caption stays on its line; bytes that are not UTF-8 become U+FFFD. The last
// message ends with the caption lines.
func (p Prompt) Render(captionA, captionB string) []Message {
	a, b := flat(captionA), flat(captionB)
	// One pass: a caption that looks like a placeholder is not filled in again.
	fill := strings.NewReplacer("{{.CaptionA}}", a, "{{.CaptionB}}", b, orderPlace, order(a, b))
	return []Message{{Role: "user", Content: fill.Replace(p.body)}}
}

func flat(caption string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(caption, "\uFFFD")), " ")
}
