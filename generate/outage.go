package generate

import (
	"fmt"
	"time"
)

// outage is a time in which an endpoint fails every request: one pair at a time
// finds out whether it is back, the others wait and lose no try.
type outage struct {
	since  time.Time // zero: there is none
	probe  time.Time // no request before
	probes int
}

func (o *outage) on() bool { return !o.since.IsZero() }

func (o *outage) allowed(now time.Time) int {
	if now.Before(o.probe) {
		return 0
	}
	return 1
}

// park puts a pair that failed in an outage back, and begins one where there is
// none. An outage that lasts too long halts the run.
func (s *scheduler) park(f finish) {
	now, o := time.Now(), &s.outage
	if !o.on() {
		*o = outage{since: now}
		for _, d := range s.doubts { // it was not the pair
			d.task.tries, d.task.due = 0, now
			s.wait.add(d.task)
		}
		s.doubts = nil
		s.r.tell(func(p Progress) { p.Note(fmt.Sprintf("the endpoint fails every request (%v); waiting for it", f.err)) })
	}
	s.keep(f)
	f.task.due = now
	s.wait.add(f.task)
	if now.Sub(o.since) > s.r.o.Outage {
		s.halt(s.stop(f, fmt.Sprintf("the endpoint has been failing every request for %s", s.r.o.Outage), "see to it; the same command goes on"))
		return
	}
	if now.Before(o.probe) {
		return // sent before the outage was noticed
	}
	pause := s.r.pace.longest
	if o.probes < 30 && s.r.pace.first<<o.probes < pause {
		pause = s.r.pace.first << o.probes
	}
	o.probes++
	o.probe = now.Add(max(pause, f.err.RetryAfter))
}

// back ends an outage.
func (s *scheduler) back() {
	if !s.outage.on() {
		return
	}
	took := time.Since(s.outage.since).Round(time.Second)
	s.outage = outage{}
	s.r.tell(func(p Progress) { p.Note(fmt.Sprintf("the endpoint is back after %s", took)) })
}
