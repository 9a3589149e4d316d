package generate

import (
	"fmt"

	"github.com/pcclip/pcclip/generate/llm"
)

// notices tells once of what an endpoint does otherwise than it was asked.
type notices struct {
	answers               int
	completion, reasoning int64
	told                  map[string]bool
}

// noticeAfter is how many answers are looked at before one speaks of their mean.
const noticeAfter = 16

// see looks at an answer and gives the line that is due, "" for none.
func (n *notices) see(e *remote, q llm.Request, a llm.Answer) string {
	n.answers++
	if a.Usage.Completion != nil && a.Usage.Reasoning != nil {
		n.completion, n.reasoning = n.completion+*a.Usage.Completion, n.reasoning+*a.Usage.Reasoning
	}
	for _, c := range []struct {
		name string
		due  bool
		line string
	}{
		{"usage", countless(a), noCounts},
		{"model", a.Model != "" && a.Model != e.model, fmt.Sprintf("answers as %q, where %q was asked for", a.Model, e.model)},
		{"form", q.Schema != nil && a.Form != "json_schema", "takes no JSON schema: answers are validated, and asked for once more where they are no such object"},
		{"cap", q.MaxTokens > 0 && a.CapField == llm.MaxCompletionTokens, "takes the cap as max_completion_tokens"},
		{"reasoning", n.answers >= noticeAfter && n.reasoning > n.completion/2, fmt.Sprintf(
			"thinks: %d of %d answered tokens were reasoning; where the model has a switch, such as --extra 'chat_template_kwargs={\"enable_thinking\":false}', turn it off", n.reasoning, n.completion)},
	} {
		if c.due && n.once(c.name) {
			return e.url + " " + c.line
		}
	}
	return ""
}

const noCounts = "reports no token counts: limits, budgets and costs count estimates"

func countless(a llm.Answer) bool { return a.Usage.Prompt == nil || a.Usage.Completion == nil }

// uncounted looks at the answer to a trial question for its token counts only.
func (n *notices) uncounted(a llm.Answer) string {
	if !countless(a) || !n.once("usage") {
		return ""
	}
	return noCounts
}

// once tells whether something is told for the first time.
func (n *notices) once(name string) bool {
	if n.told[name] {
		return false
	}
	if n.told == nil {
		n.told = map[string]bool{}
	}
	n.told[name] = true
	return true
}
