package generate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/batch"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards/fault"
)

// take puts what an ended batch brought where online answers go, and closes it.
func (p *post) take(ctx context.Context, e batch.Ended) error {
	p.at.heard = true
	if err := p.desk.Refused(e); err != nil {
		return p.refused(e, err)
	}
	h := &harvest{p: p, prompt: e.Record.Tokens.Prompt / int64(e.Record.Lines), failed: map[answers.Key]finish{}}
	tally, err := p.desk.Take(ctx, e, h.line)
	if err != nil {
		return err
	}
	p.s.reused -= h.settled // the scheduler will find them settled
	p.at.spoke = p.at.spoke || tally.Settled > 0
	stop := h.judge(e, tally)
	// After it everything that was handed to the store is committed.
	if err := p.close(e.Record); err != nil {
		return err
	}
	return stop
}

// close ends a batch in the books.
func (p *post) close(b *batch.Record) error {
	if err := p.desk.Done(b); err != nil {
		return err
	}
	p.s.r.ledger.back(booked(b))
	return nil
}

// refused closes a batch of which the provider asked nothing.
func (p *post) refused(e batch.Ended, why error) error {
	if err := p.close(e.Record); err != nil {
		return err
	}
	p.barren++
	var said *llm.Error
	if e.Record.Number <= p.earlier || errors.Is(why, batch.ErrSmaller) || errors.As(why, &said) && said.Retryable() && p.barren < p.s.r.o.MaxAttempts {
		p.tell("batch %d was refused (%v); its requests are sent again", e.Record.Number, why)
		return nil
	}
	return &fault.Error{Op: "generate", Where: p.at.url, Err: fmt.Errorf("the provider refused batch %s: %w", e.Batch.ID, why), Hint: "see to it; the same command goes on", Code: fault.Incomplete}
}

// harvest is what the lines of one batch come to.
type harvest struct {
	p       *post
	prompt  int64                  // tokens of a line, estimated
	failed  map[answers.Key]finish // without a line that settles them
	order   []answers.Key          // of failed, as they came
	settled int64                  // now, as against in an earlier call
}

// line stores an answer; it tells whether that settles its request.
func (h *harvest) line(k answers.Key, l llm.Line) (bool, error) {
	r := h.p.s.r
	if r.store.Standing(k) >= answers.Useless {
		return true, nil // an earlier call has taken it in
	}
	f := finish{
		task: &task{key: k, tries: h.p.tries[k], limited: h.p.limited[k]}, answer: l.Answer, err: l.Err,
		received: time.Now(), ticket: ticket{remote: h.p.at},
	}
	r.ledger.uncounted(f.answer, h.prompt)
	f.standing, f.outcome = standing(f.answer, f.err, r.o.MaxTokens)
	if f.standing == answers.Usable {
		if !r.parses(f.answer.Text) {
			f.standing, f.outcome = answers.Useless, malformed
		}
	}
	if f.err != nil {
		h.p.s.troubles[f.err.Kind]++
	}
	if f.standing >= answers.Useless || f.answer.Status/100 == 2 {
		r.store.Append(f.stored(f.standing), func(error) {}) // an error comes back from every later write
	}
	if f.standing >= answers.Useless {
		delete(h.failed, k)
		h.settled++
		return true, nil
	}
	if _, known := h.failed[k]; !known {
		h.order = append(h.order, k)
	}
	h.failed[k] = f
	return false, nil
}

// judge decides what becomes of the requests that got no answer, and whether the
// run can go on.
func (h *harvest) judge(e batch.Ended, t batch.Tally) error {
	p := h.p
	if p.barren++; t.Settled > 0 {
		p.barren = 0
	}
	if e.Batch.State == llm.Completed {
		p.s.troubles[llm.Malformed] += int64(len(t.Missing))
		for _, k := range t.Missing {
			h.order = append(h.order, k)
			h.failed[k] = finish{
				task: &task{key: k, tries: p.tries[k]}, err: &llm.Error{Kind: llm.Malformed, Message: "the batch has no line for it"},
				received: time.Now(), ticket: ticket{remote: p.at}, outcome: string(llm.Malformed),
			}
		}
	}
	old := e.Record.Number <= p.earlier
	if old && t.Settled == 0 {
		return nil // what made it fail may be mended by now
	}
	if len(h.failed) >= p.s.health.limit && !p.at.spoke {
		// It is the endpoint, or a setting: nothing is given up for that.
		f := h.failed[h.order[0]]
		return cmp.Or(p.s.fatal(f), p.s.stop(f, "every request of a batch fails", "see to it, or to the settings; the same command goes on"))
	}
	var stop error
	for _, k := range h.order {
		if f, still := h.failed[k]; still {
			delete(h.failed, k)
			if err := h.fail(f); stop == nil && !old {
				stop = err
			}
		}
	}
	if stop == nil && p.barren >= p.s.r.o.MaxAttempts {
		stop = &fault.Error{Op: "generate", Where: p.at.url, Err: fmt.Errorf("%d batches in a row brought no answer; the last one is %s", p.barren, e.Batch.State), Hint: "see to it; the same command goes on", Code: fault.Incomplete}
	}
	return stop
}

// fail counts a failed request, and gives it up where that is due. The error is
// one after which no other request can do better.
func (h *harvest) fail(f finish) error {
	p, k := h.p, f.task.key
	if err := p.s.fatal(f); err != nil {
		return err
	}
	if f.err.Kind == llm.RateLimited {
		if p.limited[k]++; p.limited[k] >= p.s.r.o.MaxAttempts {
			return p.s.stop(f, "the endpoint keeps refusing for its rate limit", "wait; the same command goes on")
		}
		return nil
	}
	unsure := f.err.Kind == llm.BadRequest && !p.at.spoke // perhaps it is not the pair
	if p.tries[k]++; (f.err.Retryable() || unsure) && p.tries[k] < p.s.r.o.MaxAttempts {
		return nil
	}
	f.task.tries = p.tries[k]
	p.gaveUp(k)
	p.s.r.store.Append(f.stored(answers.Failed), func(error) {})
	return nil
}

// parses tells whether an answer has the form that was asked for.
func (r *run) parses(text string) bool {
	var err error
	if r.prompt.Form == prompts.Judge {
		_, err = prompts.ParseJudgement(prompts.Values{}, text)
	} else {
		_, err = r.prompt.Parse(text)
	}
	return err == nil
}
