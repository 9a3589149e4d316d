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
	return []Message{{Role: "user", Content: v.fill(p.body)}}
}

// fill puts the values into their places, in one pass: a value that looks like a
// place is not filled in again.
func (v Values) fill(body string) string {
	var b strings.Builder
	b.Grow(len(body) + len(v.CaptionA) + len(v.CaptionB) + len(v.Difference) + len(orders[0]))
	for {
		before, rest, found := strings.Cut(body, "{{.")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}}")
		switch body = after; name {
		case "CaptionA":
			b.WriteString(v.CaptionA)
		case "CaptionB":
			b.WriteString(v.CaptionB)
		case "Difference":
			b.WriteString(v.Difference)
		case "Order":
			b.WriteString(order(v.CaptionA, v.CaptionB))
		default: // not a place
			b.WriteString("{{.")
			body = rest
		}
	}
}

func flat(caption string) string {
	if isFlat(caption) {
		return caption
	}
	return strings.Join(strings.Fields(strings.ToValidUTF8(caption, "\uFFFD")), " ")
}

// isFlat tells of most captions that they are flat as they are; of those with
// signs beyond ASCII it does not say.
func isFlat(caption string) bool {
	space := true // before the first sign
	for i := range len(caption) {
		c := caption[i]
		if c < ' ' || c > '~' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return !space || caption == ""
}
