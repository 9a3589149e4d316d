package limit

import (
	"math"
	"time"
)

// sample is what came of the requests sent while so many were in flight. It
// needs no clock of its own: throughput is inflight / latency (Little's law),
// which waves of answers do not disturb as they would a count per second.
type sample struct {
	level   int       // allowed in flight
	need    int       // answers to wait for
	reached time.Time // when so many were in flight; zero: not yet
	seen    int       // ends of any kind since the beginning

	answered, refused, failed float64
	work                      float64 // tokens of the answers; one an answer where they are not known
	busy                      float64 // seconds that all these requests took together
	inflight                  float64 // sum over all these requests
}

func (s *sample) sent(now time.Time, inflight int) {
	if s.reached.IsZero() && inflight >= s.level {
		s.reached = now
	}
}

// counts tells whether a request met this level. Those of the burst that fills
// up to it did not: they found less in flight.
func (s *sample) counts(sent time.Time) bool {
	return !s.reached.IsZero() && sent.After(s.reached)
}

func (s *sample) add(latency time.Duration, inflight int) {
	s.busy += max(latency.Seconds(), 1e-6)
	s.inflight += float64(inflight)
}

func (s *sample) total() float64 { return s.answered + s.refused + s.failed }

// full tells that there is enough to judge by.
func (s *sample) full() bool { return s.answered >= float64(s.need) || s.total() >= 4*float64(s.need) }

// idle tells that the caller does not send enough to reach the level.
func (s *sample) idle() bool { return s.reached.IsZero() && s.seen >= 2*s.need }

// mean gives the requests in flight on average.
func (s *sample) mean() float64 { return s.inflight / max(s.total(), 1) }

// share gives the part of the requests that was refused.
func (s *sample) share() float64 { return s.refused / max(s.total(), 1) }

// rate gives the work a second that was answered.
func (s *sample) rate() float64 {
	return s.mean() * s.work / max(s.busy, 1e-6)
}

// price gives the part of the work that the refusals count for: one answer's
// work each.
func (s *sample) price() float64 { return s.refused / max(s.answered, 1) }

// moreRefused tells whether the upper level was refused more, by more than
// chance makes of a few refusals at any level.
func moreRefused(lower, upper *sample) bool {
	p := (lower.refused + upper.refused) / max(lower.total()+upper.total(), 1)
	chance := math.Sqrt(p * (1 - p) * (1/max(lower.total(), 1) + 1/max(upper.total(), 1)))
	return upper.share()-lower.share() > 2*chance
}

// elasticity gives which part of a growth of the requests in flight arrives as
// a growth of the throughput: 1 below the server's capacity, 0 above it, where
// more only queues. Refusals that grow with the requests in flight count
// against them. ok is false where there was not enough to send.
func elasticity(lower, upper *sample) (e float64, ok bool) {
	span := math.Log(upper.mean() / lower.mean())
	if !(span > 0.5*math.Log(float64(upper.level)/float64(lower.level))) {
		return 0, false
	}
	low, high := lower.rate(), upper.rate()
	if moreRefused(lower, upper) {
		low, high = low*(1-lower.price()), high*(1-upper.price())
	}
	switch {
	case low <= 0 && high <= 0:
		return 0, false
	case low <= 0:
		return 1, true
	case high <= 0:
		return -1, true
	}
	return math.Log(high/low) / span, true
}
