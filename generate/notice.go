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
		{"usage", a.Usage.Prompt == nil || a.Usage.Completion == nil, "reports no token counts: limits and costs count estimates"},
		{"model", a.Model != "" && a.Model != e.model, fmt.Sprintf("answers as %q, where %q was asked for", a.Model, e.model)},
		{"form", q.Schema != nil && a.Form != "json_schema", "takes no JSON schema: answers are validated, and asked for once more where they are no such object"},
		{"cap", q.MaxTokens > 0 && a.CapField == llm.MaxCompletionTokens, "takes the cap as max_completion_tokens"},
		{"reasoning", n.answers >= noticeAfter && n.reasoning > n.completion/2, fmt.Sprintf(
			"thinks: %d of %d answered tokens were reasoning; where the model has a switch, such as --extra 'chat_template_kwargs={\"enable_thinking\":false}', turn it off", n.reasoning, n.completion)},
	} {
		if c.due && !n.told[c.name] {
			if n.told == nil {
				n.told = map[string]bool{}
			}
			n.told[c.name] = true
			return e.url + " " + c.line
		}
	}
	return ""
}
