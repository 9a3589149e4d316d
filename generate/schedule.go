package generate

import (
	"context"
	"time"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/pool"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
)

// scheduler decides which request goes out next. One goroutine runs it and owns
// its fields; workers ask, the store commits, a sealer writes shards, and all
// three report back to it.
type scheduler struct {
	r      *run
	open   []*block
	work   cursor
	tasks  map[answers.Key]*task // asked about and not yet settled
	wait   waiting
	health health
	outage outage
	doubts []finish // given up, if the endpoint is well
	next   *task    // picked, and waiting for the rates

	workers  *pool.Pool
	inflight int
	finished chan finish
	acks     *mailbox
	unsaved  int // ends handed to the store and not yet committed
	seals    chan *block
	sealErr  chan error

	abandon  func() // ends the requests in flight
	begun    time.Time
	proven   bool  // a request came to its end
	stopped  error // why no request is begun any more
	requests int64
	reused   int64
	troubles map[llm.Kind]int64 // the run's
	recess   <-chan struct{}    // closed when batches have ended; nil where none are waited for
}

// maxWaiting bounds the tasks that wait for a retry, in times the concurrency:
// memory stays bounded, and a storm of refusals limits itself.
const maxWaiting = 8

func newScheduler(r *run, open []*block) *scheduler {
	return &scheduler{
		r: r, open: open, work: cursor{blocks: open}, tasks: map[answers.Key]*task{}, health: newHealth(min(r.o.most(), 64)),
		workers: pool.New().WithMaxGoroutines(r.o.most()), finished: make(chan finish, r.o.most()), acks: newMailbox(),
		seals: make(chan *block, 64), sealErr: make(chan error, 1), begun: time.Now(),
		troubles: r.result.Troubles,
	}
}

// run works until everything is settled or something stops it, and gives the
// reason of the latter. None of its goroutines outlives it.
func (s *scheduler) run(ctx context.Context) error {
	// Requests in flight are paid for: an interrupt leaves them a moment.
	asking, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	s.abandon = abandon
	var sealer conc.WaitGroup
	unsealed := false
	sealer.Go(func() { unsealed = s.sealer(ctx) })
	if ctx.Err() == nil {
		s.loop(ctx, asking)
	} else {
		s.halt(s.interrupted(ctx))
	}
	s.workers.Wait()
	close(s.seals)
	sealer.Wait()
	s.report(false)
	select {
	case err := <-s.sealErr:
		s.halt(err)
	default:
	}
	if unsealed {
		s.halt(s.interrupted(ctx))
	}
	return s.stopped
}

func (s *scheduler) loop(ctx, asking context.Context) {
	timer, tick := time.NewTimer(0), time.NewTicker(statusEvery)
	defer timer.Stop()
	defer tick.Stop()
	interrupted, drained := ctx.Done(), (<-chan time.Time)(nil)
	for {
		more := s.fill(asking)
		if s.inflight == 0 && s.unsaved == 0 && (s.stopped != nil || !more && s.next == nil && len(s.wait) == 0 && !s.vet()) {
			return
		}
		timer.Reset(s.sleep(more))
		select {
		case <-interrupted:
			interrupted = nil
			s.halt(s.interrupted(ctx))
			drained = time.After(s.r.pace.drain)
			s.draining()
		case <-s.recess:
			s.recess = nil
			s.halt(errRecess)
		case <-drained:
			drained = nil
			s.abandon()
		case f := <-s.finished:
			s.r.remotes.end(f)
			s.inflight--
			need := estimate(f.task.request)
			s.r.ledger.back(need)
			s.r.ledger.uncounted(f.answer, need.prompt)
			s.handle(f)
		case <-s.acks.ready:
			for _, a := range s.acks.take() {
				s.committed(a)
			}
		case err := <-s.sealErr:
			s.broken(err)
		case <-tick.C:
			s.report(true)
			if err := s.r.ledger.note(); err != nil {
				s.broken(err)
			}
		case <-timer.C:
		}
	}
}

// halt begins no further request; the first reason counts.
func (s *scheduler) halt(err error) {
	if s.stopped == nil {
		s.stopped = err
	}
}

// broken halts for an error of our own side: what is in flight is of no use.
func (s *scheduler) broken(err error) {
	s.halt(err)
	s.abandon()
}

// sealer writes settled blocks, one after the other, until there come no more.
// After an error or an interrupt it writes none: their answers are kept.
// interrupted tells that there was such a block.
func (s *scheduler) sealer(ctx context.Context) (interrupted bool) {
	failed := false
	queue := s.r.sealOrder(s.open)
	for b := range s.seals {
		for _, b := range queue.ready(b) {
			if failed || ctx.Err() != nil {
				interrupted = interrupted || !failed
				continue
			}
			if err := s.r.sealNext(b); err != nil {
				failed = true
				s.sealErr <- err
			}
		}
	}
	return interrupted
}

// fill begins as many requests as may be in flight. more tells that there is
// work that could be looked at at once.
func (s *scheduler) fill(asking context.Context) (more bool) {
	for s.stopped == nil && s.inflight < s.allowed() {
		if s.next == nil {
			if s.next, more = s.pick(); s.next == nil {
				return more
			}
		}
		t, need := s.next, estimate(s.next.request)
		if err := s.r.ledger.allows(need); err != nil {
			s.halt(s.overBudget(err))
			return false
		}
		at, taken := s.r.remotes.place(time.Now(), need, t.last)
		if at == nil {
			return false
		}
		s.r.ledger.take(need)
		t.last = at
		s.next = nil
		s.inflight++
		s.requests++
		s.workers.Go(func() { s.finished <- s.r.ask(asking, t, taken) })
	}
	return false
}

// pick gives the task whose request comes next: one that has waited, else a new
// one. After a failure the new one comes first, since it tells more: was it the
// pair or the endpoint?
func (s *scheduler) pick() (t *task, more bool) {
	full := s.full()
	if s.health.suspect() && !full {
		if t, more = s.fresh(); t != nil {
			return t, more
		}
	}
	if t = s.wait.next(time.Now()); t != nil || full || more {
		return t, more
	}
	return s.fresh()
}

// full tells whether new pairs have to wait until old ones are through: too
// many wait already, or the endpoint seems down and they find out.
func (s *scheduler) full() bool {
	return len(s.wait) >= maxWaiting*s.r.o.most() || s.health.down() && len(s.wait)+s.inflight > 0
}

// allowed gives how many requests may be in flight. The first one goes alone
// for a moment: an endpoint that is none should be told after one request.
func (s *scheduler) allowed() int {
	if s.outage.on() {
		return s.outage.allowed(time.Now())
	}
	if !s.proven && time.Since(s.begun) < s.r.pace.probe {
		return 1
	}
	return s.r.remotes.allowed()
}

// sleep gives how long nothing can happen by itself.
func (s *scheduler) sleep(more bool) time.Duration {
	const long = time.Hour
	switch {
	case more:
		return 0
	case s.stopped != nil:
		return long
	}
	wake := long
	switch room := s.inflight < s.allowed(); {
	case room && s.next != nil:
		if at := s.r.remotes.wake; !at.IsZero() {
			wake = time.Until(at)
		}
	case room && len(s.wait) > 0:
		wake = time.Until(s.wait[0].due)
	}
	if s.outage.on() && s.inflight == 0 {
		wake = time.Until(s.outage.probe)
	}
	if probe := s.r.pace.probe - time.Since(s.begun); !s.proven && probe > 0 {
		wake = min(wake, probe)
	}
	return max(wake, time.Millisecond)
}
