package endpoint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/demo/world"
)

// write answers a prompt by the captions at its end. ok is false without any.
func write(writer world.Writer, label, prompt string) (text string, ok bool) {
	if caption, ok := oneCaption(prompt); ok {
		return rewrite(writer, label, caption), true
	}
	a, b, ok := captions(prompt)
	if !ok {
		return "", false
	}
	mention := ""
	for order, line := range map[string]string{"first": mentionFirst, "second": mentionSecond} {
		if slices.Contains(strings.Split(prompt, "\n"), line) {
			mention = order
		}
	}
	if strings.Contains(prompt, `"difference_reversed"`) {
		return structured(writer, label, mention, a, b), true
	}
	return difference(writer, label, mention, a, b), true
}

// Lines by which a prompt asks for an order of mention.
const (
	mentionFirst  = "Mention the first image before the second."
	mentionSecond = "Mention the second image before the first."
)

// captions reads the two captions at the end of a prompt.
func captions(prompt string) (a, b string, ok bool) {
	lines := strings.Split(strings.TrimSpace(prompt), "\n")
	if len(lines) < 2 {
		return "", "", false
	}
	a, okA := strings.CutPrefix(strings.TrimSpace(lines[len(lines)-2]), "Caption 1:")
	b, okB := strings.CutPrefix(strings.TrimSpace(lines[len(lines)-1]), "Caption 2:")
	return strings.TrimSpace(a), strings.TrimSpace(b), okA && okB
}

// oneCaption reads the single caption at the end of a prompt.
func oneCaption(prompt string) (caption string, ok bool) {
	prompt = strings.TrimSpace(prompt)
	caption, ok = strings.CutPrefix(strings.TrimSpace(prompt[strings.LastIndex(prompt, "\n")+1:]), "Caption:")
	return strings.TrimSpace(caption), ok
}

// difference gives the difference of two captions, in the order of mention that
// is asked for: the writer draws the order too, and is asked again.
func difference(writer world.Writer, label, mention, a, b string) string {
	if mention == "" {
		if text, ok := writer.Difference(label, a, b); ok {
			return text
		}
		return plain("", a, b)
	}
	const tries = 20
	for i := range tries {
		text, ok := writer.Difference(fmt.Sprintf("%s/order/%d", label, i), a, b)
		first, second := strings.Index(text, "first"), strings.Index(text, "second")
		if ok && first >= 0 && second >= 0 && (second < first) == (mention == "second") {
			return text
		}
	}
	return plain(mention, a, b)
}

// plain sets two captions side by side.
func plain(mention, a, b string) string {
	if mention == "second" {
		return fmt.Sprintf("The second image shows %s, while the first image shows %s.", lowerFirst(b), lowerFirst(a))
	}
	return fmt.Sprintf("The first image shows %s, while the second image shows %s.", lowerFirst(a), lowerFirst(b))
}

// structured gives the difference in both directions, as the JSON object that a
// structured prompt asks for.
func structured(writer world.Writer, label, mention, a, b string) string {
	doc, err := json.Marshal(struct {
		Kind       string `json:"kind"`
		Difference string `json:"difference"`
		Reversed   string `json:"difference_reversed"`
	}{"object", difference(writer, label, mention, a, b), difference(writer, label, mention, b, a)})
	if err != nil {
		return ""
	}
	return string(doc)
}

func rewrite(writer world.Writer, label, caption string) string {
	if text, ok := writer.Rewrite(label, caption); ok {
		return text
	}
	return fmt.Sprintf("This picture shows %s.", lowerFirst(caption))
}

func lowerFirst(caption string) string {
	caption = strings.TrimRight(strings.TrimSpace(caption), ".!")
	if caption == "" {
		return "nothing that its caption tells"
	}
	return strings.ToLower(caption[:1]) + caption[1:]
}
