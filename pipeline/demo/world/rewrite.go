package world

import "strings"

// Rewrite says what a caption says in other words. The text depends on the seed,
// the label and the caption only. ok is false where the caption is not of this
// world.
func (w Writer) Rewrite(label, caption string) (text string, ok bool) {
	m, ok := Parse(caption)
	if !ok {
		return "", false
	}
	r := newStream(w.Seed, "rewrite/%s/%q", label, caption)
	text = pick(r, "This picture shows ", "One can see ", "The scene contains ", "Depicted here is ") + m.phrase(r)
	if m.Position != "" {
		text += " " + positions[m.Position]
	}
	if m.Back != "" || m.Pattern != "" {
		text += pick(r, ", in front of ", ", with ") + Article(strings.TrimSpace(m.Pattern+" "+m.Back)+" background")
	}
	if m.Light != "" {
		text += ", " + say(r, m.Light)
	}
	return text + ".", true
}
