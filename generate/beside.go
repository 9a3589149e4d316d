package generate

import (
	"context"
	"errors"
	"slices"

	"github.com/pcclip/pcclip/generate/batch"
	"github.com/pcclip/pcclip/shards/fault"
)

// errRecess ends a round in which a batch has come back.
var errRecess = errors.New("a batch has come back")

// worthBatch is the fewest requests for which another batch is begun where other
// endpoints are asked too: a batch takes its time, also for a few.
const worthBatch = 1000

// beside is a round of a run in which other endpoints are asked directly: the
// batches take their share of the pairs from the end of the plan, the others go
// along it from the front. again tells that batches have come back, so that
// what is left has to be divided anew.
func (p *post) beside(ctx context.Context) (again bool, err error) {
	if err := p.handOut(ctx); err != nil {
		return false, err
	}
	if len(p.desk.Open()) == 0 {
		return false, p.s.run(ctx)
	}
	looking, enough := context.WithCancel(ctx)
	defer enough()
	w := p.watch(looking)
	p.s.recess = w.back
	err = p.s.run(ctx)
	switch {
	case ctx.Err() != nil:
		enough()
		w.wait()
		return false, p.leave(fault.Interrupted, ctx.Err())
	case err != nil && !errors.Is(err, errRecess) && !errors.Is(err, errBudget):
		enough()
		w.wait()
		return false, err // they go on at the provider
	}
	if !errors.Is(err, errRecess) {
		p.waiting()
	}
	ended, waited := w.wait()
	return p.comeBack(ctx, ended, waited)
}

// comeBack takes in what batches have brought.
func (p *post) comeBack(ctx context.Context, ended []batch.Ended, err error) (again bool, _ error) {
	if err == nil {
		err = p.takeAll(ctx, ended)
		p.at.inflight = p.lines()
	}
	var decided *fault.Error
	switch {
	case ctx.Err() != nil && err == nil:
		return false, p.leave(fault.Interrupted, ctx.Err())
	case ctx.Err() != nil, len(ended) == 0 && err != nil:
		return false, p.explain(ctx, err)
	case errors.As(err, &decided):
		return true, p.without(err)
	case err != nil:
		return false, p.explain(ctx, err)
	}
	return true, nil
}

// handOut begins batches with the endpoint's share of what is to ask. A provider
// that takes none any more is gone on without.
func (p *post) handOut(ctx context.Context) error {
	if !p.begun {
		if err := p.begin(ctx); err != nil {
			return p.explain(ctx, err)
		}
		p.begun = true
	}
	blocks := slices.Clone(p.s.open)
	slices.Reverse(blocks)
	for again := p.at.dead == nil; again; again = p.smaller {
		most := p.share()
		if most <= 0 || most < min(worthBatch, p.s.r.o.Batches.Limits.Lines) && p.desk.Last() > 0 {
			break
		}
		_, _, err := p.collect(ctx, blocks, most) // a budget that is used up halts the others too
		if err = p.explain(ctx, errors.Join(err, p.discard())); err == nil {
			continue
		}
		if fault.ExitCode(err) != fault.Incomplete {
			return err
		}
		if err := p.without(err); err != nil {
			return err
		}
		break
	}
	p.at.inflight = p.lines()
	return nil
}

// share gives how many more requests should be in batches: by the weight of the
// endpoint among those that are left.
func (p *post) share() int {
	var pending, known int64
	for _, b := range p.s.open {
		pending += b.n
		known += min(b.known, b.n)
	}
	if known == 0 { // nothing has been looked at; the answers of earlier calls are counted
		known = p.s.r.unsealed()
	}
	pending = max(0, pending-known)
	var own, all float64
	for i, e := range p.s.r.o.endpoints() {
		switch at := p.s.r.remotes.all[i]; {
		case at == p.at:
			own = e.Weight
			all += own
		case at.dead == nil:
			all += e.Weight
		}
	}
	return int(float64(pending)*own/all+0.5) - p.lines()
}

// unsealed counts the stored answers that are in no shard yet.
func (r *run) unsealed() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(0, r.store.Rows()-r.told.accepted-r.told.rejected-r.told.failed)
}

// crowded tells that no further batch may be begun, and that others ask
// meanwhile.
func (p *post) crowded() bool { return p.at.aside && !p.desk.Room() }

// without goes on without further batches, as long as another endpoint is left.
func (p *post) without(why error) error {
	if p.s.r.remotes.left() == 0 {
		return why
	}
	p.at.dead = why
	p.tell("going on without further batches: %v", why)
	return nil
}

// watch looks at the open batches until one has ended, the time for them is up,
// or ctx ends.
func (p *post) watch(ctx context.Context) *watch {
	w := &watch{back: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		if w.ended, w.err = p.await(ctx); len(w.ended) > 0 {
			close(w.back)
		}
	}()
	return w
}

// watch is the wait for batches.
type watch struct {
	back chan struct{} // closed when one has ended
	done chan struct{} // closed when the wait is over

	ended []batch.Ended
	err   error
}

// wait gives what the wait has brought, when it is over.
func (w *watch) wait() ([]batch.Ended, error) {
	<-w.done
	return w.ended, w.err
}
