package prompts

import "strings"

// Message is one turn of a conversation.
type Message struct {
	Role    string // "user"
	Content string
}

// Values fill the places of a prompt.
type Values struct {
	CaptionA, CaptionB string
	Difference         string // for a judge
}

// flat brings every value onto one line.
func (v Values) flat() Values {
	return Values{CaptionA: flat(v.CaptionA), CaptionB: flat(v.CaptionB), Difference: flat(v.Difference)}
}

// Render gives the messages that ask for the difference of image a (caption 1)
// relative to image b (caption 2), for another caption of image a, or for the
// judgement of a difference; a judge's captions come in a drawn order. White
// space inside a value, line breaks too, becomes single spaces, so each caption
// stays on its line; bytes that are not UTF-8 become U+FFFD. The last message
// ends with the caption lines.
func (p Prompt) Render(v Values) []Message {
	v = v.flat()
	if p.Form == Judge && turned(v) {
		v.CaptionA, v.CaptionB = v.CaptionB, v.CaptionA
	}
	// One pass: a value that looks like a place is not filled in again.
	fill := strings.NewReplacer("{{.CaptionA}}", v.CaptionA, "{{.CaptionB}}", v.CaptionB, "{{.Difference}}", v.Difference, orderPlace, order(v.CaptionA, v.CaptionB))
	return []Message{{Role: "user", Content: fill.Replace(p.body)}}
}

func flat(caption string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(caption, "\uFFFD")), " ")
}
