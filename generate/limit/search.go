package limit

import "time"

// search changes the level in large steps until that no longer helps.
type search struct {
	cold   bool // nothing is known yet: it may also have to go down
	down   bool
	factor float64
	last   *sample // nil before the first
	from   float64 // level at the beginning
}

const (
	coldFactor = 2
	warmFactor = 1.25
	// worthwhile is the least elasticity for which the search goes on: halfway
	// between throughput that follows and throughput that stays.
	worthwhile = 0.5
	// useless is an elasticity with which the upper level is all queue.
	useless = 0.15
)

// searchNeed is how many answers tell two levels apart that are far from each
// other. Fewer than there are in flight will do, and on a slow server the
// waiting is what the search takes.
func searchNeed(level int) int { return max(12, level/2) }

func (c *Concurrency) startSearch(factor float64) {
	c.search = search{factor: factor, from: c.level}
	c.step = (*Concurrency).searchStep
	level := int(c.level + 0.5)
	c.measure(level, searchNeed(level))
}

func (c *Concurrency) searchStep(now time.Time) {
	got, s := c.now, &c.search
	if got.idle() && !got.full() {
		if s.last != nil {
			c.level = float64(s.last.level)
		}
		c.endSearch(c.level)
		return
	}
	last := s.last
	s.last = &got
	switch {
	case last == nil:
		c.searchUp(now, &got)
	case s.down:
		c.searchDown(last, &got)
	default:
		c.searchOn(now, last, &got)
	}
}

// searchOn judges a step up.
func (c *Concurrency) searchOn(now time.Time, last, got *sample) {
	s := &c.search
	e, ok := elasticity(last, got)
	switch {
	case !ok:
		c.endSearch(float64(last.level))
	case e > worthwhile:
		s.cold = false
		s.factor = min(s.factor*s.factor, coldFactor)
		c.searchUp(now, got)
	case s.cold && e < useless:
		s.down, s.last = true, last
		c.stepDown(last)
	default:
		c.ceil.note(now, last, got)
		c.endSearch(knee(last, got))
	}
}

// knee gives the level at which the throughput of the upper level is reached,
// if it grows in proportion up to there.
func knee(lower, upper *sample) float64 {
	grown := upper.rate() / max(lower.rate(), 1e-9)
	return min(float64(lower.level)*max(grown, 1), float64(upper.level))
}

func (c *Concurrency) searchUp(now time.Time, got *sample) {
	next, ok := c.above(now, got.level, c.search.factor)
	if !ok {
		c.endSearch(float64(got.level))
		return
	}
	c.measure(next, searchNeed(next))
}

// searchDown judges a step down: last is the upper level.
func (c *Concurrency) searchDown(last, got *sample) {
	e, ok := elasticity(got, last)
	switch {
	case !ok:
		c.endSearch(float64(last.level))
	case e < useless:
		c.stepDown(got)
	default:
		c.endSearch(knee(got, last))
	}
}

func (c *Concurrency) stepDown(from *sample) {
	if from.level == 1 {
		c.endSearch(1)
		return
	}
	c.measure(from.level/2, searchNeed(from.level/2))
}

// endSearch goes on with small steps. A search that found nothing better lets
// the next one wait longer.
func (c *Concurrency) endSearch(level float64) {
	c.settle(level)
	if moved := c.level / c.search.from; moved > 1.15 || moved < 0.87 {
		c.steady.dwell = 1
	} else {
		c.steady.rest()
	}
	c.startSteady()
}
