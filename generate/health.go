package generate

import (
	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
)

// health tells an endpoint that is down, or a setting that it never takes, from
// pairs that do not work: only the first makes many different pairs fail with
// no answer between them.
type health struct {
	limit   int // so many different pairs
	failing map[answers.Key]struct{}
	spoke   bool // it has answered some pair in this call
}

func newHealth(concurrency int) health {
	return health{limit: max(16, concurrency), failing: map[answers.Key]struct{}{}}
}

func (h *health) good() {
	h.spoke = true
	clear(h.failing)
}

// bad takes note of a failure; it tells whether that speaks against the
// endpoint as much as against the pair.
func (h *health) bad(k answers.Key, e *llm.Error) bool {
	if !e.Retryable() && (e.Kind != llm.BadRequest || h.spoke) {
		return false
	}
	if len(h.failing) < h.limit {
		h.failing[k] = struct{}{}
	}
	return true
}

// suspect tells that something failed since the last answer.
func (h *health) suspect() bool { return len(h.failing) > 0 }

func (h *health) down() bool { return len(h.failing) >= h.limit }
