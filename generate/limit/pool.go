package limit

import (
	"slices"
	"time"
)

// Pool chooses among endpoints: the one with the least tokens in flight for its
// weight, so that a slow one gets less. One that fails several times in a row
// is left out for a while; then a single request finds out whether it is back.
type Pool struct {
	o   PoolOptions
	all []endpoint
}

// endpoint is one member of a Pool.
type endpoint struct {
	weight   float64
	inflight int64 // tokens reserved by requests in flight
	total    int64 // tokens ever sent: it decides between equals

	failures int           // in a row
	out      time.Duration // the last time it was left out; 0: never, or well since
	since    time.Time     // when that began
	until    time.Time     // when a probe may go
	state    state
	probe    time.Time // when it went
	good     int       // answers since it is back
	held     time.Time // by Hold
}

type state int

const (
	healthy state = iota
	ejected
	probing // one request finds out
)

// NewPool makes a Pool of healthy endpoints.
func NewPool(o PoolOptions) (*Pool, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o.Weights = slices.Clone(o.Weights)
	p := &Pool{o: o}
	for _, w := range o.Weights {
		p.all = append(p.all, endpoint{weight: w})
	}
	return p, nil
}

// Pick names the endpoint for the next request, by its index among the weights.
// Where none may have one, wait is how long until one may; 0 means until a
// request has ended.
func (p *Pool) Pick(now time.Time) (index int, ok bool, wait time.Duration) {
	return p.PickOf(now, func(int) bool { return true })
}

// PickOf is Pick among those that fit: that have room in their concurrency, or
// have not had this request before.
func (p *Pool) PickOf(now time.Time, fits func(index int) bool) (index int, ok bool, wait time.Duration) {
	best := -1
	for i := range p.all {
		e := &p.all[i]
		if !fits(i) || e.state == probing {
			continue
		}
		if left := e.opens().Sub(now); left > 0 {
			if wait == 0 || left < wait {
				wait = left
			}
			continue
		}
		if best < 0 || e.before(&p.all[best]) {
			best = i
		}
	}
	if best < 0 {
		return 0, false, wait
	}
	return best, true, 0
}

// opens gives when the endpoint may have a request.
func (e *endpoint) opens() time.Time {
	if e.state == ejected && e.until.After(e.held) {
		return e.until
	}
	return e.held
}

// before tells which of two goes first: a probe, else the one with less in
// flight, else the one that had less.
func (e *endpoint) before(f *endpoint) bool {
	if (e.state == ejected) != (f.state == ejected) {
		return e.state == ejected
	}
	a, b := float64(e.inflight)/e.weight, float64(f.inflight)/f.weight
	if a != b {
		return a < b
	}
	return float64(e.total)/e.weight < float64(f.total)/f.weight
}

// Hold sends nothing to an endpoint until then: its budget is spent, or its
// Retry-After is for all. The latest end counts.
func (p *Pool) Hold(index int, until time.Time) {
	if e := &p.all[index]; until.After(e.held) {
		e.held = until
	}
}

// Sent takes note of a request to the endpoint that was picked; tokens is what
// it may take at most.
func (p *Pool) Sent(now time.Time, index int, tokens int64) {
	e := &p.all[index]
	e.inflight += tokens
	e.total += tokens
	if e.state == ejected {
		e.state, e.probe = probing, now
	}
}

// Done takes note of an answer to a request of that time and so many tokens.
func (p *Pool) Done(index int, sent time.Time, tokens int64) {
	e := &p.all[index]
	e.inflight -= tokens
	switch {
	case e.state == probing && !sent.Before(e.probe):
		e.state, e.failures, e.good = healthy, 0, 0
	case e.state == healthy && !sent.Before(e.since):
		e.failures = 0
		// Only one that stays well starts from the first time-out again.
		if e.good++; e.good >= p.o.Failures {
			e.out = 0
		}
	}
}

// Failed takes note of a request that speaks against the endpoint: no
// connection, a time-out, a 5xx. What was sent before the endpoint was left out
// no longer counts.
func (p *Pool) Failed(now time.Time, index int, sent time.Time, tokens int64) {
	e := &p.all[index]
	e.inflight -= tokens
	switch {
	case e.state == probing && !sent.Before(e.probe):
		p.eject(now, e)
	case e.state == healthy && !sent.Before(e.since):
		e.good = 0
		if e.failures++; e.failures >= p.o.Failures {
			p.eject(now, e)
		}
	}
}

// Gone takes note of a request that ended without a word about the endpoint: it
// was given up here, or is at fault itself. A probe that ends so is sent again.
func (p *Pool) Gone(index int, sent time.Time, tokens int64) {
	e := &p.all[index]
	e.inflight -= tokens
	if e.state == probing && !sent.Before(e.probe) {
		e.state = ejected
	}
}

func (p *Pool) eject(now time.Time, e *endpoint) {
	e.out = min(max(2*e.out, p.o.First), p.o.Longest)
	e.state, e.failures, e.since, e.until = ejected, 0, now, now.Add(e.out)
}

// Healthy counts the endpoints that are not left out.
func (p *Pool) Healthy() int {
	n := 0
	for i := range p.all {
		if p.all[i].state == healthy {
			n++
		}
	}
	return n
}
