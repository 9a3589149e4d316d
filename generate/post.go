package generate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/batch"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// post asks in batches: it fills the store with the answers that the blocks of a
// scheduler lack, and the scheduler then finds every pair settled.
type post struct {
	s    *scheduler // of the present round
	desk *batch.Desk
	at   *remote
	box  mailer

	tries   map[answers.Key]int // failed requests of this call that count
	limited map[answers.Key]int // times told to slow down, in this call
	until   time.Time           // batches are waited for; zero: for ever
	earlier int                 // number of the last batch of earlier calls
	barren  int                 // batches in a row that settled nothing
	begun   bool                // the provider was asked whether it takes batches
	met     bool                // a request was asked outside of batches
	smaller bool                // a file was too large: its requests are free again
}

func newPost(r *run, at *remote, box mailer) *post {
	p := &post{desk: r.desk, at: at, box: box, earlier: r.desk.Last(), tries: map[answers.Key]int{}, limited: map[answers.Key]int{}}
	if wait := r.o.Batches.Wait; wait > 0 {
		p.until = time.Now().Add(wait)
	}
	return p
}

// under gives the post to the scheduler of a round.
func (p *post) under(s *scheduler) *post {
	p.s = s
	return p
}

// run goes along the plan in waves: what lacks an answer is sent, all batches
// are waited for, and what failed or is missing is sent with the next wave.
func (p *post) run(ctx context.Context) error {
	if len(p.s.open) == 0 {
		return nil
	}
	err := p.begin(ctx)
	for more := true; err == nil && more; {
		var budget error
		if more, budget, err = p.collect(ctx, p.s.open, math.MaxInt); err == nil {
			more = more || len(p.desk.Open()) > 0 // they may leave requests free
			// What was sent is paid for, also where no more can be.
			err = cmp.Or(p.drain(ctx), budget)
		}
	}
	return cmp.Or(p.explain(ctx, err), p.discard())
}

// discard takes back what was not sent.
func (p *post) discard() error {
	n, tokens, err := p.desk.Discard()
	p.s.r.ledger.undo(n, reserve{prompt: tokens.Prompt, completion: tokens.Completion})
	return err
}

// recall ends the open batches and takes in what they have answered.
func (p *post) recall(ctx context.Context) error {
	err := p.begin(ctx)
	if err == nil {
		err = p.desk.Cancel(ctx)
	}
	if err == nil {
		err = p.drain(ctx)
	}
	return p.explain(ctx, err)
}

// begin finds out whether the provider takes batches, and what became of those
// of earlier calls.
func (p *post) begin(ctx context.Context) error {
	var e *llm.Error
	switch err := p.desk.Check(ctx); {
	case ctx.Err() != nil:
		return ctx.Err()
	case !errors.As(err, &e):
	case noAPI(e) || e.Status == http.StatusNotImplemented:
		return fault.Input("ask in batches", p.at.url, "leave --batch out", "this endpoint has no Batch API: %w", e)
	case e.Unreached:
		return fault.Input("reach endpoint", p.at.url, "start the server, or correct --endpoint", "%w", e)
	case !e.Retryable():
		return err
	}
	earlier := p.desk.Open()
	err := p.desk.Adopt(ctx)
	for _, b := range earlier {
		if b.Done { // it was never created
			p.s.r.ledger.undo(b.Lines, booked(b))
		}
	}
	return err
}

// collect sends what has no answer and is in no batch, so many requests at most,
// and tells whether that was anything. A budget that is used up ends it, after
// what it allowed.
func (p *post) collect(ctx context.Context, blocks []*block, most int) (more bool, budget, err error) {
	before := p.s.requests
	p.smaller = false
	work := cursor{blocks: blocks}
	for b, k, ok := work.next(); ok && most > 0 && !p.crowded(); b, k, ok = work.next() {
		if ctx.Err() != nil {
			return false, nil, ctx.Err()
		}
		t, err := p.lacking(b, k)
		if err != nil {
			return false, nil, err
		}
		if t == nil {
			continue
		}
		if !p.met {
			if budget = p.afford(t); budget != nil {
				break
			}
			settled, err := p.meet(ctx, t)
			if err != nil {
				return false, nil, err
			}
			if settled {
				continue
			}
		}
		if budget = p.afford(t); budget != nil {
			break
		}
		if err := p.add(ctx, t); err != nil {
			return false, nil, err
		}
		most--
	}
	err = p.submit(ctx)
	return p.smaller || p.s.requests > before, budget, err
}

// afford says which bound of the budget a request would break.
func (p *post) afford(t *task) error {
	if err := p.s.r.ledger.allows(estimate(t.request)); err != nil {
		return p.s.overBudget(err)
	}
	return nil
}

// lacking gives the request of a pair, nil where nothing is to be asked: what
// failed in a batch goes to the other endpoints, where there are any.
func (p *post) lacking(b *block, k int64) (*task, error) {
	pair, err := p.s.r.plan.Pair(b.split, b.from+k)
	if err != nil {
		return nil, fmt.Errorf("read pair %d of %s: %w", b.from+k, b.split, err)
	}
	key, q, second, err := p.s.r.request(pair)
	if err != nil || p.s.settledBefore(key) || p.desk.Holds(key) || p.at.aside && p.tries[key]+p.limited[key] > 0 {
		return nil, err
	}
	return &task{key: key, request: q, second: second, pair: pair}, nil
}

// meet asks the first request directly: so an endpoint's errors, and how it
// wants to be told the cap and the form of an answer, are known in seconds and
// not when the first batch has ended.
func (p *post) meet(ctx context.Context, t *task) (settled bool, err error) {
	r, need := p.s.r, estimate(t.request)
	p.met = true
	r.ledger.take(need)
	p.s.requests++
	f := r.ask(ctx, t, ticket{remote: p.at, sent: time.Now()})
	r.ledger.back(need)
	r.ledger.uncounted(f.answer, need.prompt)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if f.err != nil {
		p.s.troubles[f.err.Kind]++
		if err := p.s.fatal(f); err != nil {
			return false, err
		}
	}
	p.at.heard = true
	if f.answer.Status/100 != 2 {
		return false, nil
	}
	if settled = f.standing >= answers.Useless; settled {
		p.at.spoke = true
		p.s.reused-- // the scheduler will find it settled
	}
	return settled, p.keep(f, f.standing)
}

// keep stores an end and waits for its commit.
func (p *post) keep(f finish, standing answers.Standing) error {
	committed := make(chan error, 1)
	p.s.r.store.Append(f.stored(standing), func(err error) { committed <- err })
	return <-committed
}

// gaveUp counts a request that gets no answer in this call.
func (p *post) gaveUp(k answers.Key) {
	p.s.r.gaveUp[k] = true
	p.s.reused--
}

func (p *post) add(ctx context.Context, t *task) error {
	q, unreadable := p.s.r.o.loaded(t.request)
	if unreadable != nil {
		p.s.troubles[unreadable.Kind]++
		p.gaveUp(t.key)
		return p.keep(finish{task: t, err: unreadable, received: time.Now(), outcome: string(unreadable.Kind), ticket: ticket{remote: p.at}}, answers.Failed)
	}
	line, err := p.box.BatchLine(batch.ID(t.key), q)
	if err != nil {
		return err
	}
	if !p.desk.Fits(line) {
		if err := p.submit(ctx); err != nil {
			return err
		}
	}
	need := estimate(t.request)
	p.s.r.ledger.take(need)
	return p.desk.Add(t.key, line, batch.Tokens{Prompt: need.prompt, Completion: need.completion})
}

// submit sends the file that was written, as soon as there is room for a batch.
func (p *post) submit(ctx context.Context) error {
	n := p.desk.Waiting()
	if n == 0 {
		return nil
	}
	if p.crowded() {
		return p.discard()
	}
	for !p.desk.Room() {
		if err := p.receive(ctx); err != nil {
			return err
		}
	}
	if err := p.s.r.ledger.note(); err != nil {
		return err
	}
	b, err := p.desk.Submit(ctx)
	if b != nil && b.Done {
		p.s.r.ledger.undo(n, booked(b))
	}
	if errors.Is(err, batch.ErrSmaller) {
		p.tell("%v; trying smaller ones", err)
		p.smaller = true
		return nil
	}
	if err == nil {
		p.s.requests += int64(n)
	}
	return err
}

// drain waits until no batch is open.
func (p *post) drain(ctx context.Context) error {
	for len(p.desk.Open()) > 0 {
		if err := p.receive(ctx); err != nil {
			return err
		}
	}
	if p.barren > 0 {
		return p.desk.Rest(ctx, p.barren)
	}
	return nil
}

// receive waits for batches to end and takes their answers in.
func (p *post) receive(ctx context.Context) error {
	p.waiting()
	ended, err := p.await(ctx)
	if err != nil {
		return err
	}
	return p.takeAll(ctx, ended)
}

// await gives the batches that have ended, at least one. An error tells where the
// time for them is up.
func (p *post) await(ctx context.Context) ([]batch.Ended, error) {
	ended, err := p.desk.Wait(ctx, p.until)
	if err == nil && len(ended) == 0 {
		err = p.leave(fault.Incomplete, fmt.Errorf("--batch-wait %s is over", p.s.r.o.Batches.Wait))
	}
	return ended, err
}

// waiting reports that nothing but batches is under way.
func (p *post) waiting() {
	p.s.inflight = p.lines()
	p.s.report(true)
	p.s.inflight = 0
}

// takeAll takes in what ended batches have brought. The error of one does not
// keep the others from it.
func (p *post) takeAll(ctx context.Context, ended []batch.Ended) error {
	var stop error
	for _, e := range ended {
		err := p.take(ctx, e)
		var decided *fault.Error
		if err != nil && !errors.As(err, &decided) {
			return err
		}
		stop = cmp.Or(stop, err)
	}
	return stop
}

// lines counts the requests in open batches.
func (p *post) lines() (n int) {
	for _, b := range p.desk.Open() {
		n += b.Lines
	}
	return n
}

func booked(b *batch.Record) reserve {
	return reserve{prompt: b.Tokens.Prompt, completion: b.Tokens.Completion}
}

func (p *post) tell(format string, args ...any) {
	p.s.r.tell(func(to Progress) { to.Note(fmt.Sprintf(format, args...)) })
}

// leave is the end of a call that leaves its batches running.
func (p *post) leave(code int, err error) error {
	hint := fmt.Sprintf("%d requests are in %d open batches, which go on at the provider; the same command goes on", p.lines(), len(p.desk.Open()))
	return &fault.Error{Op: "generate", Where: p.s.r.o.RunDir, Err: err, Hint: hint, Code: code}
}

// explain turns what ended the work with batches into one line for the user.
func (p *post) explain(ctx context.Context, err error) error {
	var e *llm.Error
	var told *fault.Error
	switch {
	case err == nil || errors.As(err, &told):
		return err
	case ctx.Err() != nil:
		return p.leave(fault.Interrupted, ctx.Err())
	case !errors.As(err, &e):
		return err
	}
	if fatal := p.s.fatal(finish{err: e, ticket: ticket{remote: p.at}}); fatal != nil && fault.ExitCode(fatal) != fault.Usage {
		return fatal
	}
	hint := "the same command goes on"
	if e.Status == http.StatusNotFound && len(p.desk.Open()) > 0 {
		hint = "the batches of a run are seen with the key that made them only: give that one, or pay again for what is in them with --forget-batches"
	}
	return &fault.Error{Op: "generate", Where: p.s.r.o.RunDir, Err: err, Hint: hint, Code: fault.Incomplete}
}
