package generate

import (
	"time"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
)

// trial gives a question that is about no pair of the plan and that every model
// can answer. The prompt is built in, so it is always there.
func (o Options) trial() (prompts.Prompt, llm.Request, error) {
	p, err := prompts.Get("paper")
	if err != nil {
		return p, llm.Request{}, err
	}
	return p, o.request(p, shards.Pair{CaptionA: "a red bicycle leans against a white wall", CaptionB: "two brown dogs run along a beach"}), nil
}

// vet finds out, when only pairs in doubt are left, whether it is them or the
// endpoint: it asks a trial question. So an outage that begins with the last few
// pairs costs none of them. It tells whether there is anything to wait for.
func (s *scheduler) vet() bool {
	if len(s.doubts) == 0 || s.r.o.Outage == 0 {
		return s.resolve(time.Now())
	}
	p, q, err := s.r.o.trial()
	t := &task{request: q, trial: true, due: time.Now()}
	if err == nil {
		t.key, err = Key(p.SHA256, q, 0)
	}
	if err != nil {
		s.broken(err)
		return false
	}
	s.wait.add(t)
	return true
}

// tried decides what a trial without an answer says: an endpoint that is away
// is waited for, anything else leaves the pairs to themselves.
func (s *scheduler) tried(f finish) {
	switch f.err.Kind {
	case llm.RateLimited:
		s.limited(f)
	case llm.Transport, llm.TimedOut, llm.Overloaded:
		s.park(f)
	default:
		s.resolve(time.Now())
	}
}
