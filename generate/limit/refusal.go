package limit

import "time"

// storm notices when a server refuses so much that waiting for a comparison
// would be wrong. It counts once a burst: what was sent before the last cut
// says nothing about the level after it.
type storm struct {
	cut   time.Time // the last one
	quiet time.Time // the server's wish after it
	ok    int       // answers to requests since the cut, halved now and then
	bad   int       // refusals of such requests, likewise
}

const (
	cutFactor = 0.75
	// stormShare is the part of refusals that is a storm. A server may refuse
	// a few requests in a hundred at any level, and a cut for each of those
	// would end at one in flight.
	stormShare = 0.3
	stormLeast = 8
	// stormMemory is how many answers count, where fewer are in flight.
	stormMemory = 54
)

func (s *storm) answered(sent time.Time, level int) {
	if sent.After(s.cut) {
		s.ok++
		s.age(level)
	}
}

// refused tells whether to cut now.
func (s *storm) refused(now, sent time.Time, retryAfter time.Duration, level int) bool {
	if !sent.After(s.cut) {
		if until := now.Add(retryAfter); until.After(s.quiet) {
			s.quiet = until
		}
		return false
	}
	if now.Before(s.quiet) {
		return false
	}
	s.bad++
	s.age(level)
	if s.bad < stormLeast || float64(s.bad) < stormShare*float64(s.ok+s.bad) {
		return false
	}
	*s = storm{cut: now, quiet: now.Add(retryAfter)}
	return true
}

// age forgets old answers.
func (s *storm) age(level int) {
	if s.ok+s.bad >= max(stormMemory, level) {
		s.ok, s.bad = s.ok/2, s.bad/2
	}
}

// cut takes the level down and searches upwards from there.
func (c *Concurrency) cut(now time.Time) {
	c.ceil.set(now, c.now.level)
	c.settle(float64(int(cutFactor * float64(c.now.level))))
	c.steady = steady{}
	c.startSearch(warmFactor)
}

// ceiling is a level that was refused.
type ceiling struct {
	level int // 0: none
	until time.Time
	ttl   time.Duration
}

const (
	firstCeiling   = 5 * time.Second
	longestCeiling = 2 * time.Minute
	// ceilingShare is the growth of the refused part that makes a ceiling.
	ceilingShare = 0.05
)

// set remembers a level; one that is found again is remembered twice as long.
func (l *ceiling) set(now time.Time, level int) {
	again := l.level > 0 && level*5 >= l.level*4 && level*4 <= l.level*5 && now.Before(l.until.Add(2*l.ttl))
	switch {
	case !again:
		l.ttl = firstCeiling
	case !now.Before(l.until):
		l.ttl = min(2*l.ttl, longestCeiling)
	}
	l.level, l.until = level, now.Add(l.ttl)
}

// note makes a ceiling of the upper level, if that is refused more.
func (l *ceiling) note(now time.Time, lower, upper *sample) {
	if moreRefused(lower, upper) && upper.share() > lower.share()+ceilingShare {
		l.set(now, upper.level)
	}
}

// below bounds a step from one level to the next: half the way to the ceiling.
func (l *ceiling) below(now time.Time, level, next int) int {
	if l.level == 0 || !now.Before(l.until) {
		return next
	}
	return min(next, max((level+l.level)/2, level))
}
