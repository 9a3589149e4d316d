package generate

import (
	"context"
	"errors"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/limit"
	"github.com/pcclip/pcclip/generate/llm"
)

// remote is one endpoint of a run. It belongs to the scheduler's goroutine.
type remote struct {
	asker    asker
	url      string
	model    string // as it names it
	keyEnv   string
	flow     *flow
	inflight int
	heard    bool  // it gave a response
	missed   bool  // it could not be reached
	spoke    bool  // it answered
	refused  int   // requests that it will never take, before it ever answered
	dead     error // why nothing is sent there any more
	aside    bool  // it is asked in batches, the others are asked directly
	notices  notices
}

// as sends a request under the name that an endpoint has for the model.
type as struct {
	client *llm.Client
	model  string
}

func (a as) Ask(ctx context.Context, r llm.Request) (llm.Answer, error) {
	r.Model = a.model
	return a.client.Ask(ctx, r)
}

// remotes chooses among the endpoints of a run.
type remotes struct {
	all    []*remote
	mailed *remote // that is asked in batches; nil for none
	pool   *limit.Pool
	wake   time.Time // no endpoint has room before; zero: not before a request ends
}

// connect makes the clients of all endpoints; it connects to nothing yet.
func connect(o Options) (*remotes, func(), error) {
	var all []*remote
	var weights []float64
	closeAll := func() {
		for _, r := range all {
			r.asker.(as).client.Close()
		}
	}
	for _, e := range o.endpoints() {
		client, err := llm.New(e.client(o))
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		all = append(all, &remote{asker: as{client, e.Model}, url: client.URL(), model: e.Model, keyEnv: e.APIKeyEnv})
		weights = append(weights, e.Weight)
	}
	r, err := newRemotes(all, o, weights)
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	return r, closeAll, nil
}

func newRemotes(all []*remote, o Options, weights []float64) (*remotes, error) {
	p := limit.DefaultPool(len(all))
	p.Weights = weights
	if len(all) == 1 || len(all) == 2 && o.batchesBeside() {
		p.Failures = 1 << 30 // one that is down is waited for, see outage
	}
	pool, err := limit.NewPool(p)
	if err != nil {
		return nil, err
	}
	r := &remotes{all: all, pool: pool}
	for i, e := range o.endpoints() {
		if all[i].flow, err = newFlow(e); err != nil {
			return nil, err
		}
		if e.Batch {
			r.mailed = all[i]
			r.mailed.aside = len(all) > 1
		}
	}
	return r, nil
}

// direct tells that requests are sent to the endpoint one by one.
func (e *remote) direct() bool { return e.dead == nil && !e.aside }

// named gives the endpoint of a URL, nil where there is none.
func (r *remotes) named(url string) *remote {
	for _, e := range r.all {
		if e.url == url {
			return e
		}
	}
	return nil
}

// allowed adds up how many requests the endpoints may have in flight.
func (r *remotes) allowed() int {
	n := 0
	for _, e := range r.all {
		if e.direct() {
			n += e.flow.level.Allowed()
		}
	}
	return n
}

// place finds the endpoint for a request; not is one that it should not go to
// while another has room, and never while there is another, where that one has
// only ever refused. nil means that none has room.
func (r *remotes) place(now time.Time, need reserve, not *remote) (*remote, ticket) {
	never := not != nil && not.refused > 0 && !not.spoke && r.left() > 1
	free := func(i int) bool {
		e := r.all[i]
		return e.direct() && e.inflight < e.flow.level.Allowed() && !now.Before(e.flow.until)
	}
	for {
		i, ok, wait := r.pool.PickOf(now, func(i int) bool { return r.all[i] != not && free(i) })
		if !ok && not != nil && !never {
			i, ok, wait = r.pool.PickOf(now, free)
		}
		if !ok {
			r.wake = r.opens(now, wait)
			return nil, ticket{}
		}
		e := r.all[i]
		taken, ok := e.flow.begin(now, need, e.inflight+1)
		if !ok {
			continue // it has no room until a time that free knows
		}
		taken.remote, taken.index = e, i
		e.inflight++
		r.pool.Sent(now, i, need.prompt+need.completion)
		return e, taken
	}
}

// opens gives when an endpoint has room again.
func (r *remotes) opens(now time.Time, wait time.Duration) time.Time {
	var at time.Time
	if wait > 0 {
		at = now.Add(wait)
	}
	for _, e := range r.all {
		if until := e.flow.until; e.direct() && until.After(now) && (at.IsZero() || until.Before(at)) {
			at = until
		}
	}
	return at
}

// end takes note of a request that came to its end.
func (r *remotes) end(f finish) {
	t := f.ticket
	t.remote.flow.end(f, t.remote.inflight)
	t.remote.inflight--
	t.remote.heard = t.remote.heard || f.answer.Status != 0
	t.remote.missed = t.remote.missed || f.err != nil && f.err.Unreached
	tokens := t.in + t.out
	switch {
	case f.standing >= answers.Useless:
		t.remote.spoke = true
		r.pool.Done(t.index, t.sent, tokens)
	case f.answer.Status/100 == 2:
		r.pool.Done(t.index, t.sent, tokens)
	case f.err.Kind == llm.Transport, f.err.Kind == llm.TimedOut, f.err.Kind == llm.Overloaded, f.err.Kind == llm.Malformed:
		r.pool.Failed(f.received, t.index, t.sent, tokens)
	default:
		r.pool.Gone(t.index, t.sent, tokens)
	}
}

// left counts the endpoints that take requests one by one and are not dead.
func (r *remotes) left() int {
	n := 0
	for _, e := range r.all {
		if e.direct() {
			n++
		}
	}
	return n
}

// nowhere tells that no endpoint has ever been reached, and all were tried.
func (r *remotes) nowhere() bool {
	for _, e := range r.all {
		if e.heard || !e.missed && !e.aside {
			return false
		}
	}
	return true
}

// death joins the reasons of dead endpoints.
func (r *remotes) death() error {
	var all []error
	for _, e := range r.all {
		if e.dead != nil {
			all = append(all, e.dead)
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	return errors.Join(all...)
}

// status tells how each endpoint stands.
func (r *remotes) status() []EndpointStatus {
	var all []EndpointStatus
	for _, e := range r.all {
		s := EndpointStatus{URL: e.url, InFlight: e.inflight, Allowed: e.flow.level.Allowed(), Batch: e.aside}
		if e.aside {
			s.Allowed = 0
		}
		if e.dead != nil {
			s.Dead = e.dead.Error()
		}
		all = append(all, s)
	}
	return all
}
