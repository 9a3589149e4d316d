package limit

import (
	"math"
	"time"
)

// bucket holds what may be spent of one limit now. It refills all the time, up
// to a burst.
type bucket struct {
	unit  float64       // the least burst: what the smallest request takes
	burst time.Duration // see Rates
	own   float64       // limit a minute by the settings; 0: none
	heard float64       // limit a minute by the endpoint; 0: none

	level float64 // below 0 after a request beyond the burst
	at    time.Time

	pace  float64 // a second, what the endpoint can bear until then
	until time.Time
}

// minPace is the least share of the rate that a low remainder leaves: headers
// come with answers, so something has to be sent.
const minPace = 0.05

// perMinute gives the limit in force, 0 for none.
func (b *bucket) perMinute() float64 {
	if b.own == 0 || b.heard > 0 && b.heard < b.own {
		return b.heard
	}
	return b.own
}

// rate gives the refill a second.
func (b *bucket) rate() float64 {
	return b.perMinute() / 60 * (1 - b.burst.Seconds()/60)
}

// size gives the level of a full bucket.
func (b *bucket) size() float64 {
	return max(b.unit, b.perMinute()/60*b.burst.Seconds())
}

// refill brings the level up to now. Time that goes back adds nothing.
func (b *bucket) refill(now time.Time) {
	if b.at.IsZero() {
		b.at, b.level = now, b.size()
		return
	}
	if !now.After(b.at) {
		return
	}
	slow := min(max(b.until.Sub(b.at), 0), now.Sub(b.at))
	rest := now.Sub(b.at) - slow
	rate := b.rate()
	b.level += slow.Seconds()*min(b.pace, rate) + rest.Seconds()*rate
	b.level = min(b.level, b.size())
	b.at = now
}

// wait gives how long until n can be taken, 0 for now. What is beyond a full
// bucket goes when the bucket is full, and is paid back after it.
func (b *bucket) wait(n float64) time.Duration {
	if b.perMinute() == 0 || n <= 0 {
		return 0
	}
	const tiny = 1e-6 // of rounding
	missing := min(n, b.size()) - b.level
	if missing <= tiny {
		return 0
	}
	rate := b.rate()
	slow := max(b.until.Sub(b.at), 0).Seconds()
	if pace := min(b.pace, rate); slow > 0 && missing > pace*slow {
		return seconds(slow + (missing-pace*slow)/rate)
	} else if slow > 0 {
		return seconds(missing / pace)
	}
	return seconds(missing / rate)
}

func (b *bucket) take(n float64) {
	if b.perMinute() > 0 {
		b.level -= n
	}
}

// give returns n that was taken and not used; a negative n takes more.
func (b *bucket) give(n float64) {
	if b.perMinute() > 0 {
		b.level = min(b.level+n, b.size())
	}
}

// correct believes the endpoint about its limit, and spreads what remains over
// the time until its reset where that is slower than the rate. Of an endpoint
// that refills all the time, clients with one key come to equal shares by that.
func (b *bucket) correct(now time.Time, q Quota) {
	if q.Limit > 0 && q.Limit != b.heard {
		first := b.perMinute() == 0
		if b.heard = q.Limit; first {
			b.level = b.size()
		}
	}
	if b.perMinute() == 0 || !q.Known {
		return
	}
	b.level = min(b.level, q.Remaining, b.size())
	b.pace, b.until = 0, time.Time{}
	if q.Reset > 0 {
		b.pace = max(q.Remaining/q.Reset.Seconds(), minPace*b.rate())
		b.until = now.Add(q.Reset)
	}
}

// seconds rounds up, so that after the wait there is enough.
func seconds(s float64) time.Duration {
	if s > 1e9 {
		s = 1e9
	}
	return time.Duration(math.Ceil(s*1e9)) + time.Microsecond
}
