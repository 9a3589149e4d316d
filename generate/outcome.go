package generate

import (
	"context"
	"errors"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
)

// finish is a request that came to its end.
type finish struct {
	task     *task
	answer   llm.Answer
	err      *llm.Error // nil for a usable answer
	standing answers.Standing
	outcome  string
	accepted bool   // by the rules
	reason   string // why it was rejected
	received time.Time
	ticket   ticket
}

// ask sends the request of a task; it runs in a worker.
func (r *run) ask(ctx context.Context, t *task, taken ticket) finish {
	f := finish{task: t, ticket: taken}
	q, unreadable := r.o.loaded(t.request)
	if unreadable != nil {
		f.err = unreadable
	} else {
		var err error
		if f.answer, err = taken.remote.asker.Ask(ctx, q); err != nil && !errors.As(err, &f.err) {
			f.err = &llm.Error{Kind: llm.Transport, Message: err.Error()}
		}
	}
	f.received = time.Now()
	f.standing, f.outcome = standing(f.answer, f.err, t.request.MaxTokens)
	switch {
	case t.trial:
	case f.standing == answers.Usable:
		var c checked
		c.answer, c.verdict = r.check(f.answer.Text, t.pair)
		f.reason = c.verdict.Reason
		f.accepted = f.reason == ""
		if f.reason == malformed {
			f.standing, f.outcome = answers.Useless, malformed
		} else {
			r.verdicts.keep(f.answer.Text, t.pair, c)
		}
	case f.standing == answers.Useless:
		f.reason = f.outcome
	}
	return f
}

// maxLimited is how often one pair may be told to slow down, in times
// MaxAttempts, before the run gives the endpoint up.
const maxLimited = 10

// handle decides what becomes of a task.
func (s *scheduler) handle(f finish) {
	if f.err != nil {
		if f.err.Kind == llm.Canceled {
			return // it stays pending
		}
		s.troubles[f.err.Kind]++
	}
	s.proven = true
	if f.standing >= answers.Useless {
		s.health.good()
		at := f.ticket.remote
		if line := at.notices.see(at, f.task.request, f.answer); line != "" {
			s.r.tell(func(p Progress) { p.Note(line) })
		}
		s.back()
		s.resolve(f.ticket.sent)
		s.save(f, f.standing)
		return
	}
	if s.stopped != nil {
		return // it stays pending
	}
	if err := s.fatal(f); err != nil {
		s.bury(f, err)
		return
	}
	switch {
	case s.elsewhere(f):
	case f.task.trial:
		s.tried(f)
	default:
		s.fail(f)
	}
}

// fail asks again later, or gives the pair up.
func (s *scheduler) fail(f finish) {
	t, e := f.task, f.err
	if e.Kind == llm.RateLimited {
		s.limited(f)
		return
	}
	unsure := s.health.bad(t.key, e)
	if e.Retryable() && (s.health.down() || s.outage.on()) && s.r.o.Outage > 0 {
		s.park(f)
		return
	}
	t.tries++
	switch {
	case e.Retryable() && t.tries < s.r.o.MaxAttempts:
		s.later(f)
	case !unsure:
		s.save(f, answers.Failed)
	case s.health.down():
		s.halt(s.stop(f, "the endpoint fails every request", "see to it, or to the settings; the same command goes on"))
	default:
		// Perhaps it is not the pair: that shows when another is answered.
		s.doubts = append(s.doubts, f)
	}
}

// limited waits as it was told: that is no fault of the pair, which is never
// given up for it.
func (s *scheduler) limited(f finish) {
	if f.task.limited++; f.task.limited > maxLimited*s.r.o.MaxAttempts {
		s.halt(s.stop(f, "the endpoint keeps refusing for its rate limit", "lower --concurrency or wait; the same command goes on"))
		return
	}
	s.later(f)
}

func (s *scheduler) later(f finish) {
	s.keep(f)
	f.task.due = time.Now().Add(f.task.backoff(s.r.pace, f.err.RetryAfter))
	s.wait.add(f.task)
}

// keep stores an answer that settles nothing: it was paid for.
func (s *scheduler) keep(f finish) {
	if f.answer.Status/100 == 2 {
		s.save(f, answers.Passing)
	}
}

// resolve gives up the pairs that were in doubt when a request was sent that has
// been answered since, or when none is left. It tells whether there were any.
func (s *scheduler) resolve(sent time.Time) bool {
	all := s.doubts
	s.doubts = nil
	for _, d := range all {
		if d.received.After(sent) {
			s.doubts = append(s.doubts, d)
			continue
		}
		s.save(d, answers.Failed)
	}
	return len(all) > len(s.doubts)
}

// stored is what the store keeps of a request that came to its end.
func (f finish) stored(standing answers.Standing) answers.Answer {
	t, u := f.task, f.answer.Usage
	a := answers.Answer{
		Key: t.key, Standing: standing, Outcome: f.outcome, Attempt: t.tries + t.limited, Endpoint: f.ticket.remote.url, Status: f.answer.Status,
		Model: f.answer.Model, Fingerprint: f.answer.Fingerprint, Finish: f.answer.Finish,
		Prompt: u.Prompt, Cached: u.Cached, Completion: u.Completion, Reasoning: u.Reasoning,
		Latency: f.answer.Latency, Received: f.received, Body: f.answer.Body,
	}
	if f.err == nil || standing == answers.Useless {
		a.Attempt++
	}
	return a
}

// save hands what came back to the store.
func (s *scheduler) save(f finish, standing answers.Standing) {
	t, u := f.task, f.answer.Usage
	s.unsaved++
	s.r.ledger.handed(u)
	s.r.store.Append(f.stored(standing), func(err error) {
		s.acks.put(ack{task: t, standing: standing, accepted: f.accepted, reason: f.reason, said: f.answer.Text, usage: u, err: err})
	})
}

// committed settles the pairs of a task whose end is stored.
func (s *scheduler) committed(a ack) {
	s.unsaved--
	s.r.ledger.kept(a.usage)
	if a.err != nil {
		s.broken(a.err)
		return
	}
	if a.standing == answers.Passing {
		return
	}
	delete(s.tasks, a.task.key)
	if a.reason == malformed && !a.task.second {
		s.askAgain(a.task, a.said)
		return
	}
	s.reused += int64(len(a.task.blocks) - 1)
	if a.standing == answers.Failed {
		s.r.gaveUp[a.task.key] = true
	}
	var accepted, rejected, failed int64
	reasons := map[string]int64{}
	for _, b := range a.task.blocks {
		switch {
		case a.standing == answers.Failed:
			b.failed++
			failed++
		case a.accepted:
			b.accepted++
			accepted++
		default:
			b.rejected++
			rejected++
			b.reasons[a.reason]++
			reasons[a.reason]++
		}
		s.settle(b)
	}
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	for reason, n := range reasons {
		s.r.reasons[reason] += n
	}
	s.r.settled(accepted, rejected, failed)
}
