package limit

import (
	"math"
	"time"
)

// steady stays at the best level known and compares it, now and then, with one
// a little lower. The comparison pulls the level to where the elasticity is
// target.
type steady struct {
	dwell int // samples at the level before the next comparison
	left  int // of them
	base  *sample
	sign  int // of the last change
	run   int // changes of that sign in a row
}

const (
	// target is the elasticity to stay at: 10 % more in flight for 1 % more
	// throughput. Lower gains little and queues much.
	target = 0.1
	// spread is how much lower the other level is.
	spread = 0.15
	// gain turns an elasticity into a relative change of the level.
	gain = 0.3
	// longestStep bounds one change of the level.
	longestStep = 0.25
	// longestDwell bounds the time without a comparison, in samples.
	longestDwell = 8
	// strong is an elasticity for which large steps are worth a try.
	strong = 0.8
	// absurd is one that no level explains: the server itself has changed.
	absurd = 1.6
)

// steadyNeed is how many answers tell two levels apart that are close: fewer
// where small numbers keep them further apart.
func steadyNeed(level, other int) int {
	span := math.Log(float64(max(level, other)) / float64(min(level, other)))
	return max(12, 2*level, min(32, int(0.85/(span*span))))
}

// rest lets the next comparison wait twice as long.
func (s *steady) rest() { s.dwell = min(max(2*s.dwell, 1), longestDwell) }

func (c *Concurrency) startSteady() {
	s := &c.steady
	s.dwell = max(s.dwell, 1)
	s.left, s.base = s.dwell*costs(int(c.level+0.5)), nil
	c.step = (*Concurrency).steadyStep
	c.measureBase()
}

// costs gives how much a comparison costs, in times that of a high level: at 2
// the lower level is half of the throughput.
func costs(level int) int {
	loss := 1 - float64(lowerLevel(level))/float64(level)
	return max(1, int(loss/spread))
}

func (c *Concurrency) measureBase() {
	level := int(c.level + 0.5)
	c.measure(level, steadyNeed(level, lowerLevel(level)))
}

func (c *Concurrency) steadyStep(now time.Time) {
	got, s := c.now, &c.steady
	switch {
	case got.idle() && !got.full():
		c.startSteady() // the level stays: there is nothing to learn from
	case s.left > 0:
		if s.left--; s.base != nil && changed(s.base.rate(), got.rate()) {
			s.left, s.dwell = 0, 1
		}
		s.base = &got
		if s.left > 0 {
			c.measureBase()
			return
		}
		c.compare(now)
	default:
		lower, upper := s.base, &got
		if lower.level > upper.level {
			lower, upper = upper, lower
		}
		c.decide(now, lower, upper)
	}
}

// changed tells that the throughput is not what it was at the same level.
func changed(before, after float64) bool { return after > 1.25*before || after < 0.8*before }

// compare begins the other level of a comparison: the lower one, so that the
// time between comparisons is spent at the better one; above 1 there is none
// but the upper.
func (c *Concurrency) compare(now time.Time) {
	base := c.now.level
	other := lowerLevel(base)
	if base == 1 {
		var ok bool
		if other, ok = c.above(now, 1, 1); !ok {
			c.steady.rest()
			c.startSteady()
			return
		}
	}
	c.measure(other, steadyNeed(other, base))
}

// lowerLevel gives the level to compare with; that of 1 is 2.
func lowerLevel(level int) int {
	if level == 1 {
		return 2
	}
	return min(level-1, int(float64(level)*(1-spread)))
}

func (c *Concurrency) decide(now time.Time, lower, upper *sample) {
	s := &c.steady
	e, ok := elasticity(lower, upper)
	switch {
	case !ok:
		s.rest()
	case e > absurd:
		s.dwell = 1
	case e > strong:
		if _, free := c.above(now, upper.level, warmFactor); free {
			c.settle(float64(upper.level))
			c.search = search{factor: warmFactor, from: c.level, last: upper}
			c.step = (*Concurrency).searchStep
			c.searchUp(now, upper)
			return
		}
		s.rest()
	default:
		c.ceil.note(now, lower, upper)
		c.move(now, e)
	}
	c.startSteady()
}

// move changes the level a little, by more while the direction stays.
func (c *Concurrency) move(now time.Time, e float64) {
	s := &c.steady
	sign := 1
	if e < target {
		sign = -1
	}
	if sign == s.sign {
		s.run++
		s.dwell = 1
	} else {
		s.sign, s.run = sign, 0
		s.rest()
	}
	change := gain * (e - target) * float64(int(1)<<min(s.run, 3))
	next := c.level * math.Exp(min(max(change, -longestStep), longestStep))
	if top := float64(c.ceil.below(now, int(c.level), c.o.Max)); sign > 0 && next > top {
		next = max(top, c.level)
		s.rest()
	}
	c.settle(next)
}
