package generate

import (
	"time"

	"github.com/pcclip/pcclip/generate/limit"
	"github.com/pcclip/pcclip/generate/llm"
)

// flow decides how much goes to the endpoint, and when.
type flow struct {
	level  *limit.Concurrency
	budget *limit.Budget
	until  time.Time // the budget has nothing before
}

// ticket is what a request holds of the flow while it is in flight.
type ticket struct {
	sent    time.Time
	in, out int64 // tokens reserved
	remote  *remote
	index   int // of the remote
}

func newFlow(e Endpoint) (*flow, error) {
	budget, err := limit.NewBudget(e.Rates)
	if err != nil {
		return nil, err
	}
	if e.Concurrency > 0 {
		return &flow{level: limit.Fixed(e.Concurrency), budget: budget}, nil
	}
	level, err := limit.New(limit.Options{Start: min(limit.Default().Start, e.MostAtOnce), Max: e.MostAtOnce})
	return &flow{level: level, budget: budget}, err
}

// begin takes what a request needs; ok is false where it has to wait.
func (w *flow) begin(now time.Time, need reserve, inflight int) (t ticket, ok bool) {
	t = ticket{sent: now, in: need.prompt, out: need.completion}
	ok, wait := w.budget.Reserve(now, t.in, t.out)
	if !ok {
		w.until = now.Add(wait)
		return t, false
	}
	w.level.Sent(now, inflight)
	return t, true
}

// end learns from what came back; inflight counts this request too.
func (w *flow) end(f finish, inflight int) {
	t, now := f.ticket, f.received
	w.settle(f)
	if h := f.answer.Header; h != nil {
		w.budget.Correct(now, limit.ReadHeader(h, now))
	}
	switch {
	case f.err == nil || f.answer.Status/100 == 2 && f.err.Kind != llm.Overloaded:
		var made int64
		if n := f.answer.Usage.Completion; n != nil {
			made = *n
		}
		w.level.Done(now, t.sent, made, inflight)
	case f.err.Kind == llm.RateLimited || f.err.Kind == llm.Overloaded:
		if w.level.Refused(now, t.sent, f.err.RetryAfter, inflight) {
			w.budget.Blocked(now, now.Add(f.err.RetryAfter))
		}
	case f.err.Kind != llm.Canceled && f.err.Kind != llm.Unreadable:
		w.level.Failed(now, t.sent, inflight)
	}
}

// settle gives back what was reserved and not used. Without a report all of it
// counts as used, but for what was refused.
func (w *flow) settle(f finish) {
	in, out := f.ticket.in, f.ticket.out
	if f.err != nil && f.err.Kind == llm.RateLimited {
		in, out = 0, 0
	}
	if n := f.answer.Usage.Prompt; n != nil {
		in = *n
	}
	if n := f.answer.Usage.Completion; n != nil {
		out = *n
	}
	w.budget.Settle(f.received, f.ticket.in, f.ticket.out, in, out)
}
