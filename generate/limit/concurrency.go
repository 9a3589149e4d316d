package limit

import (
	"math"
	"time"
)

// Concurrency finds how many requests in flight make the most of a server.
//
// It compares the throughput at two levels, one after the other, again and
// again: where more in flight bring more answers it grows, where they only
// queue it shrinks. It remembers no best latency, so nothing has to be relearnt
// when the server becomes slower or faster. From a cold start it doubles until
// that no longer helps. Refusals count against the level at which they come: a
// storm of them cuts it at once, a few that come at any level do not.
type Concurrency struct {
	o     Options
	fixed bool

	level float64 // the best one known
	now   sample  // at the level allowed at present
	step  func(c *Concurrency, now time.Time)

	search search
	steady steady
	storm  storm
	ceil   ceiling
}

// New makes a Concurrency at its cold start.
func New(o Options) (*Concurrency, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	c := &Concurrency{o: o, level: float64(o.Start)}
	c.startSearch(coldFactor)
	c.search.cold = true
	return c, nil
}

// Fixed always allows n requests in flight, at least 1.
func Fixed(n int) *Concurrency {
	n = max(n, 1)
	return &Concurrency{fixed: true, now: sample{level: n}}
}

// Allowed gives how many requests may be in flight at present. It may be below
// what is in flight: then nothing is sent until enough has ended.
func (c *Concurrency) Allowed() int { return c.now.level }

// Sent takes note of a request that goes out; inflight counts it.
func (c *Concurrency) Sent(now time.Time, inflight int) { c.now.sent(now, inflight) }

// Done takes note of an answer, usable or not, to a request of that time.
// completionTokens is what the server generated, 0 where it does not say;
// inflight counts this request too.
func (c *Concurrency) Done(now, sent time.Time, completionTokens int64, inflight int) {
	if c.fixed {
		return
	}
	c.storm.answered(sent, c.now.level)
	c.now.seen++
	if c.now.counts(sent) {
		c.now.answered++
		c.now.work += float64(max(completionTokens, 1))
		c.now.add(now.Sub(sent), inflight)
	}
	c.judge(now)
}

// Refused takes note of a 429 or 503, or whatever else says that it is too
// much. retryAfter is the server's wish, 0 for none; inflight counts this
// request too. It tells whether this made a storm of refusals, for which the
// level was cut: then the wish is for the whole endpoint, not for one request.
func (c *Concurrency) Refused(now, sent time.Time, retryAfter time.Duration, inflight int) (storm bool) {
	if c.fixed {
		return false
	}
	if c.storm.refused(now, sent, retryAfter, c.now.level) {
		c.cut(now)
		return true
	}
	c.now.seen++
	if c.now.counts(sent) {
		c.now.refused++
		c.now.add(now.Sub(sent), inflight)
	}
	c.judge(now)
	return false
}

// Failed takes note of a request that ended in any other way: a time-out, a
// reset, a bad request. Its time counts, its failure does not: what fails at
// any level is no reason to send less.
func (c *Concurrency) Failed(now, sent time.Time, inflight int) {
	if c.fixed {
		return
	}
	c.now.seen++
	if c.now.counts(sent) {
		c.now.failed++
		c.now.add(now.Sub(sent), inflight)
	}
	c.judge(now)
}

func (c *Concurrency) judge(now time.Time) {
	if c.now.full() || c.now.idle() {
		c.step(c, now)
	}
}

// measure allows a level and begins to watch what comes of it.
func (c *Concurrency) measure(level, need int) {
	level = min(max(level, 1), c.o.Max)
	c.now = sample{level: level, need: need}
}

// settle takes a level as the best one known.
func (c *Concurrency) settle(level float64) {
	c.level = min(max(level, 1), float64(c.o.Max))
}

// above gives the level to try next, factor times higher, and false where
// there is none: the bound, or a level that was refused a moment ago.
func (c *Concurrency) above(now time.Time, level int, factor float64) (int, bool) {
	next := max(level+1, int(math.Round(float64(level)*factor)))
	next = min(next, c.o.Max, c.ceil.below(now, level, next))
	return next, next > level
}
