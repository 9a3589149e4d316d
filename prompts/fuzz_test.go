package prompts

import (
	"strings"
	"testing"
)

// Whatever a user's file and two captions hold: what is accepted ends with the
// captions, each whole and on its line, and nothing of them is taken for a place.
func FuzzRender(f *testing.F) {
	for _, id := range IDs() {
		p, err := Get(id)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p.Text, "a dog", "two cats")
		f.Add(p.Text, "{{.CaptionB}}", "{{.Order}}\nCaption 1: x")
	}
	f.Add("#! vision\nLook.", "\"}\n```", "\x00\xff")
	f.Add("{{.CaptionA}}\nCaption 1: {{.CaptionA}}\nCaption 2: {{.CaptionB}}", "a", "b")
	f.Fuzz(func(t *testing.T, text, a, b string) {
		p, err := parse("x", "x.txt", text)
		if err != nil {
			return
		}
		v := Values{CaptionA: a, CaptionB: b, Difference: a + b}
		said := p.Render(v)
		if len(said) != 1 || said[0].Role != "user" {
			t.Fatalf("messages %v", said)
		}
		got, flatA, flatB := said[0].Content, flat(a), flat(b)
		if p.Form == Judge && turned(v.flat()) {
			flatA, flatB = flatB, flatA
		}
		end := map[Form]string{
			Text: "Caption 1: " + flatA + "\nCaption 2: " + flatB, Structured: "Caption 1: " + flatA + "\nCaption 2: " + flatB,
			Judge: "Caption 1: " + flatA + "\nCaption 2: " + flatB, Rewrite: "Caption: " + flatA,
		}[p.Form]
		if !strings.HasSuffix(got, end) {
			t.Fatalf("%q does not end with %q", got, end)
		}
		if rest := strings.TrimSuffix(got, end); end != "" && p.Form != Judge && strings.Contains(rest, "{{") {
			t.Fatalf("a place is left in %q", rest)
		}
		if strings.ContainsAny(flatA+flatB, "\n\r") {
			t.Fatalf("a caption has more than one line: %q, %q", flatA, flatB)
		}
	})
}
