package limit

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func pool(t testing.TB, weights ...float64) *Pool {
	t.Helper()
	o := DefaultPool(0)
	o.Weights, o.Failures, o.First, o.Longest = weights, 3, 10*time.Second, 35*time.Second
	p, err := NewPool(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPoolSharesByWeight(t *testing.T) {
	p := pool(t, 1, 3)
	var held [2]int64
	for range 400 {
		i, ok, _ := p.Pick(clock(0))
		if !ok {
			t.Fatal("no endpoint")
		}
		p.Sent(clock(0), i, 10)
		held[i] += 10
	}
	if held != [2]int64{1000, 3000} {
		t.Errorf("tokens in flight %v, want 1000 and 3000", held)
	}
}

func TestPoolGivesASlowEndpointLess(t *testing.T) {
	p := pool(t, 1, 1)
	served := [2]int{}
	type request struct {
		i    int
		ends float64
	}
	var running []request
	for now := 0.0; now < 100; now += 0.01 {
		var left []request
		for _, r := range running {
			if r.ends <= now {
				p.Done(r.i, clock(0), 10)
				served[r.i]++
			} else {
				left = append(left, r)
			}
		}
		for running = left; len(running) < 20; {
			i, _, _ := p.Pick(clock(now))
			p.Sent(clock(now), i, 10)
			running = append(running, request{i, now + []float64{0.1, 0.4}[i]})
		}
	}
	if ratio := float64(served[0]) / float64(served[1]); ratio < 3.5 || ratio > 4.5 {
		t.Errorf("the endpoint that is 4 times as fast served %.1f times as much", ratio)
	}
}

// fails lets an endpoint fail n times in a row.
func fails(p *Pool, now float64, i, n int) {
	for range n {
		p.Sent(clock(now), i, 1)
		p.Failed(clock(now), i, clock(now), 1)
	}
}

func TestPoolLeavesOutAndProbes(t *testing.T) {
	p := pool(t, 1)
	fails(p, 0, 0, 2)
	p.Sent(clock(0), 0, 1)
	p.Done(0, clock(0), 1)
	fails(p, 0, 0, 2)
	if _, ok, _ := p.Pick(clock(0)); !ok {
		t.Fatal("left out after 2 failures in a row")
	}
	p.Sent(clock(0), 0, 1) // ends after the endpoint was left out
	fails(p, 0, 0, 1)
	now := 0.0
	for _, out := range []float64{10, 20, 35, 35} {
		_, ok, wait := p.Pick(clock(now))
		if want := time.Duration(out * float64(time.Second)); ok || wait != want {
			t.Fatalf("at %v s: picked %v, wait %v, want %v", now, ok, wait, want)
		}
		if now == 0 {
			p.Failed(clock(5), 0, clock(-1), 1)
		}
		now += out
		if _, ok, _ := p.Pick(clock(now)); !ok {
			t.Fatalf("no probe at %v s", now)
		}
		p.Sent(clock(now), 0, 1)
		if _, ok, wait := p.Pick(clock(now)); ok || wait != 0 {
			t.Fatal("a second request beside the probe")
		}
		p.Failed(clock(now), 0, clock(now), 1)
	}
	now += 35
	p.Sent(clock(now), 0, 1)
	p.Gone(0, clock(now), 1)
	if _, ok, _ := p.Pick(clock(now)); !ok {
		t.Fatal("no second probe after the first was given up")
	}
	p.Sent(clock(now), 0, 1)
	p.Done(0, clock(now), 1)
	if _, ok, _ := p.Pick(clock(now)); !ok || p.Healthy() != 1 {
		t.Fatal("not back after a good probe")
	}
	fails(p, now, 0, 3)
	if _, _, wait := p.Pick(clock(now)); wait != 35*time.Second {
		t.Errorf("left out for %v after it failed again at once, want 35s", wait)
	}
}

func TestPoolStartsAgainAfterGoodTimes(t *testing.T) {
	p := pool(t, 1)
	fails(p, 0, 0, 3)
	for range 4 {
		p.Sent(clock(10), 0, 1)
		p.Done(0, clock(10), 1)
	}
	fails(p, 11, 0, 3)
	if _, _, wait := p.Pick(clock(11)); wait != 10*time.Second {
		t.Errorf("left out for %v, want 10s", wait)
	}
}

func TestPoolHoldsAndFits(t *testing.T) {
	p := pool(t, 1, 1)
	p.Hold(0, clock(5))
	if i, ok, _ := p.Pick(clock(0)); !ok || i != 1 {
		t.Errorf("picked %d, %v", i, ok)
	}
	only := func(i int) bool { return i == 0 }
	if _, ok, wait := p.PickOf(clock(0), only); ok || wait != 5*time.Second {
		t.Errorf("picked %v, wait %v", ok, wait)
	}
	if i, ok, _ := p.PickOf(clock(5), only); !ok || i != 0 {
		t.Errorf("picked %d, %v after the hold", i, ok)
	}
}

// Whatever happens, what is in flight adds up, and an endpoint that is left out
// gets nothing before its time and a single request then.
func TestPoolProperties(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := pool(t, 1, 2, 0.5)
		type request struct {
			i      int
			sent   time.Time
			tokens int64
		}
		var running []request
		now := clock(0)
		for range rapid.IntRange(1, 300).Draw(r, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(r, "ms")) * time.Millisecond)
			if end := rapid.IntRange(0, 5).Draw(r, "end"); end < 3 && len(running) > 0 {
				at := rapid.IntRange(0, len(running)-1).Draw(r, "which")
				q := running[at]
				running = append(running[:at], running[at+1:]...)
				switch end {
				case 0:
					p.Done(q.i, q.sent, q.tokens)
				case 1:
					p.Failed(now, q.i, q.sent, q.tokens)
				case 2:
					p.Gone(q.i, q.sent, q.tokens)
				}
			} else if i, ok, wait := p.Pick(now); ok {
				e := p.all[i]
				if e.state == probing || e.state == ejected && now.Before(e.until) {
					r.Fatalf("picked endpoint %d in state %d", i, e.state)
				}
				q := request{i, now, rapid.Int64Range(1, 1000).Draw(r, "tokens")}
				p.Sent(now, i, q.tokens)
				running = append(running, q)
			} else if _, ok, _ := p.Pick(now.Add(wait)); wait > 0 && !ok {
				r.Fatal("nothing to pick after the wait")
			}
			var held, want int64
			for _, e := range p.all {
				held += e.inflight
			}
			for _, q := range running {
				want += q.tokens
			}
			if held != want {
				r.Fatalf("%d tokens in flight, want %d", held, want)
			}
		}
	})
}

func TestPoolOptions(t *testing.T) {
	for what, change := range map[string]func(*PoolOptions){
		"none":     func(o *PoolOptions) { o.Weights = nil },
		"zero":     func(o *PoolOptions) { o.Weights[1] = 0 },
		"no num":   func(o *PoolOptions) { o.Weights[1] = math.NaN() },
		"failures": func(o *PoolOptions) { o.Failures = 0 },
		"first":    func(o *PoolOptions) { o.First = 0 },
		"longest":  func(o *PoolOptions) { o.Longest = time.Second },
	} {
		o := DefaultPool(2)
		change(&o)
		if _, err := NewPool(o); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if _, err := NewPool(DefaultPool(2)); err != nil {
		t.Error(err)
	}
}
