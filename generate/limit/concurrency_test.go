package limit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const service = 0.2 // seconds, of the slots in these tests

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

func always(s float64) func(float64) float64 { return func(float64) float64 { return s } }

func newSlots(n int, seed uint64) *slots {
	return &slots{n: n, mean: always(service), spread: 0.2, rng: rng(seed), made: map[int]int64{}}
}

func newBatch(token func(int) float64, seed uint64) *batch {
	return &batch{most: 256, token: token, rng: rng(seed), tokens: map[int]int64{}}
}

func start(t testing.TB) *Concurrency {
	t.Helper()
	c, err := New(Default())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// each runs a simulation with several seeds.
func each(t *testing.T, f func(t *testing.T, seed uint64)) {
	t.Helper()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { f(t, seed) })
	}
}

// near refuses a figure outside of its bounds.
func near(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	t.Logf("%s: %.3f", what, got)
	if !(got >= low && got <= high) {
		t.Errorf("%s is %.3f, want %.3g to %.3g", what, got, low, high)
	}
}

// A server that never refuses and only queues: within a minute from a cold
// start it is kept busy, and its queue stays short.
func TestConcurrencyFindsTheSlots(t *testing.T) {
	for _, n := range []int{1, 2, 8, 64, 256} {
		t.Run(fmt.Sprint(n, " slots"), func(t *testing.T) {
			each(t, func(t *testing.T, seed uint64) {
				w := newWorld(start(t), newSlots(n, seed))
				full := float64(n) / service
				w.run(30)
				near(t, "throughput from 30 s to 60 s", w.run(60).rate/full, 0.9, 1.05)
				f := w.run(180)
				near(t, "throughput after", f.rate/full, 0.93, 1.05)
				near(t, "wait in the queue, in service times", f.latency/service-1, -0.1, 1)
			})
		})
	}
}

// A server that generates for all requests together, as vLLM does: past a knee
// the time per token grows, at once with no gain or with less and less.
func TestConcurrencyFindsTheKnee(t *testing.T) {
	for what, token := range map[string]func(int) float64{
		"flat":    func(n int) float64 { return 0.01 * max(1, float64(n)/32) },
		"gradual": func(n int) float64 { return 0.01 * (1 + max(0, float64(n-32))/48) },
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(t *testing.T, seed uint64) {
				best := 0.0
				for _, n := range []int{8, 16, 32, 64, 128, 256} {
					w := newWorld(Fixed(n), newBatch(token, seed))
					w.run(10)
					best = max(best, w.run(60).tokens)
				}
				w := newWorld(start(t), newBatch(token, seed))
				w.run(60)
				f := w.run(180)
				near(t, "throughput, of the best", f.tokens/best, 0.9, 1.05)
				t.Logf("allowed %.1f", f.allowed)
			})
		})
	}
}

// Refusals by chance must not bring it down.
func TestConcurrencyBearsRandomRefusals(t *testing.T) {
	for _, back := range []float64{0.02, service} {
		each(t, func(t *testing.T, seed uint64) {
			s := newSlots(64, seed)
			s.random = 0.05
			w := newWorld(start(t), s)
			w.refusal = back
			w.run(30)
			f := w.run(180)
			near(t, "throughput", f.rate*service/64, 0.95, 1.02)
			near(t, "allowed", f.allowed, 60, 90)
		})
	}
}

// Refusals above a level keep it at that level.
func TestConcurrencyFindsTheLevelOfRefusals(t *testing.T) {
	for _, back := range []float64{0.02, service} {
		each(t, func(t *testing.T, seed uint64) {
			s := newSlots(64, seed)
			s.most = 32
			w := newWorld(start(t), s)
			w.refusal = back
			w.run(30)
			f := w.run(180)
			near(t, "allowed", f.allowed, 28.8, 35.2)
			near(t, "throughput", f.rate*service/32, 0.93, 1.02)
			near(t, "refused", f.refused/f.rate, 0, 0.08)
		})
	}
}

// A server that becomes slower, faster, larger or smaller is followed.
func TestConcurrencyFollows(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		s := newSlots(64, seed)
		mean := service
		s.mean = func(float64) float64 { return mean }
		w := newWorld(start(t), s)
		for _, c := range []struct {
			what string
			mean float64
			n    int
			soon float64 // least throughput in the 30 s after the change
		}{
			{"cold", service, 64, 0.85},
			{"half as fast", 2 * service, 64, 0.9},
			{"as before", service, 64, 0.9},
			{"twice as large", service, 128, 0.8},
			{"a quarter", service, 32, 0.95},
		} {
			mean, s.n = c.mean, c.n
			full := float64(c.n) / c.mean
			near(t, c.what+", soon", w.run(w.now+30).rate/full, c.soon, 1.2)
			w.run(w.now + 60)
			f := w.run(w.now + 60)
			near(t, c.what+", then", f.rate/full, 0.95, 1.02)
			near(t, c.what+", wait", f.latency/c.mean-1, -0.1, 1)
		}
	})
}

// A batch server that slows down and recovers moves no knee.
func TestConcurrencyFollowsABatch(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		b := newBatch(func(n int) float64 { return 0.01 * max(1, float64(n)/32) }, seed)
		slow := 1.0
		b.slow = func(float64) float64 { return slow }
		w := newWorld(start(t), b)
		w.run(60)
		for _, slow = range []float64{2, 1, 0.5} {
			w.run(w.now + 60)
			near(t, fmt.Sprint("throughput at ", slow), w.run(w.now+120).tokens*slow/3200, 0.93, 1.02)
		}
	})
}

// Answers of very different lengths need more time, and no other care.
func TestConcurrencyBearsUnevenAnswers(t *testing.T) {
	for _, n := range []int{8, 64} {
		each(t, func(t *testing.T, seed uint64) {
			s := newSlots(n, seed)
			s.tokens, s.mean = true, always(1)
			w := newWorld(start(t), s)
			w.run(120)
			f := w.run(600)
			near(t, fmt.Sprint("throughput of ", n), f.rate/float64(n), 0.9, 1.1)
			near(t, fmt.Sprint("allowed of ", n), f.allowed, 0.9*float64(n), 2*float64(n))
		})
	}
}

// After an outage it is soon back.
func TestConcurrencySurvivesAnOutage(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		s := newSlots(64, seed)
		w := newWorld(start(t), s)
		w.refusal = 0.1
		w.run(30)
		s.random = 1
		w.run(40)
		near(t, "allowed in the outage", w.run(60).allowed, 1, 4)
		s.random = 0
		w.run(75)
		near(t, "throughput 15 s later", w.run(120).rate*service/64, 0.95, 1.02)
	})
}

// Bounds hold, at little cost.
func TestConcurrencyStaysWithinItsBound(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		c, err := New(Options{Start: 4, Max: 16})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(c, newSlots(64, seed))
		most := 0
		w.watch = func(w *world) { most = max(most, w.inflight) }
		w.run(30)
		near(t, "throughput", w.run(90).rate*service/16, 0.95, 1.02)
		if most > 16 {
			t.Errorf("%d in flight", most)
		}
	})
}

// Where the caller has less to send, nothing is learnt and nothing moves far.
func TestConcurrencyWithLittleToSend(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		w := newWorld(start(t), newSlots(64, seed))
		w.run(60)
		w.demand = 5
		w.run(360)
		near(t, "allowed after 5 minutes of 5 in flight", float64(w.c.Allowed()), 50, 100)
		w.demand = 0
		near(t, "throughput then", w.run(390).rate*service/64, 0.93, 1.02)
	})
}

// A caller that has little to send at the beginning is not held back later.
func TestConcurrencyStartsWithLittleToSend(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		w := newWorld(start(t), newSlots(64, seed))
		w.demand = 20
		w.run(60)
		near(t, "allowed with 20 to send", float64(w.c.Allowed()), 15, 80)
		w.demand = 0
		w.run(75)
		near(t, "throughput 15 s later", w.run(120).rate*service/64, 0.9, 1.02)
	})
}

// Requests that hang hold places in flight, not slots of the server: there are
// more in flight for them.
func TestConcurrencyBearsHangingRequests(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		w := newWorld(start(t), newSlots(64, seed))
		w.hang, w.rng = 0.002, rng(seed+100)
		w.run(120)
		f := w.run(400)
		near(t, "throughput", f.rate*service/64, 0.9, 1.02)
		t.Logf("allowed %.1f", f.allowed)
	})
}

// A provider that refuses beyond a rate is asked at about that rate.
func TestConcurrencyAtARate(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		s := newSlots(1000, seed)
		s.rate = 100
		w := newWorld(start(t), s)
		w.refusal = 0.05
		w.run(60)
		f := w.run(240)
		near(t, "throughput", f.rate/100, 0.85, 1.02)
		near(t, "refused", f.refused/f.rate, 0, 0.2)
	})
}

// A burst of refusals cuts once: what was sent before the cut no longer counts,
// nor what comes while the server wants to be left alone.
func TestConcurrencyCutsOnceABurst(t *testing.T) {
	c, err := New(Options{Start: 64, Max: 64})
	if err != nil {
		t.Fatal(err)
	}
	storms := 0
	refuse := func(sent, now float64, n int, after time.Duration) {
		for range n {
			if c.Refused(clock(now), clock(sent), after, 64) {
				storms++
			}
		}
	}
	refuse(0, 1, 60, 2*time.Second)
	if got := c.Allowed(); got != 48 {
		t.Fatalf("%d allowed after a burst, want 48", got)
	}
	refuse(1.5, 2, 60, 0)
	if got := c.Allowed(); got != 48 {
		t.Fatalf("%d allowed after refusals within the Retry-After, want 48", got)
	}
	refuse(3.5, 4, 8, 0)
	if got := c.Allowed(); got != 36 {
		t.Fatalf("%d allowed after a second burst, want 36", got)
	}
	if storms != 2 {
		t.Errorf("%d storms, want 2", storms)
	}
	for now := 5.0; now < 60; now++ {
		refuse(now, now+0.5, 64, 0)
	}
	if got := c.Allowed(); got < 1 || got > 2 {
		t.Errorf("%d allowed where all is refused", got)
	}
}

// Failures of other kinds cut nothing.
func TestConcurrencyBearsFailures(t *testing.T) {
	c := start(t)
	for i := range 1000 {
		now := clock(float64(i))
		c.Sent(now, c.Allowed())
		c.Failed(now.Add(time.Second), now, c.Allowed())
	}
	if got := c.Allowed(); got < 2 {
		t.Errorf("%d allowed", got)
	}
}

func TestFixed(t *testing.T) {
	c := Fixed(7)
	for i := range 1000 {
		now := clock(float64(i))
		c.Sent(now, 7)
		c.Refused(now.Add(time.Second), now, 0, 7)
		c.Done(now.Add(time.Second), now, 5, 7)
		c.Failed(now.Add(time.Second), now, 7)
	}
	if c.Allowed() != 7 || Fixed(0).Allowed() != 1 {
		t.Errorf("%d and %d allowed", c.Allowed(), Fixed(0).Allowed())
	}
}

// Whatever it is told, the level stays between 1 and the bound.
func TestConcurrencyProperties(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		o := Options{Max: rapid.IntRange(1, 300).Draw(r, "max")}
		o.Start = rapid.IntRange(1, o.Max).Draw(r, "start")
		c, err := New(o)
		if err != nil {
			r.Fatal(err)
		}
		now := clock(0)
		for range rapid.IntRange(1, 60).Draw(r, "stretches") {
			kind, back := rapid.IntRange(0, 4).Draw(r, "kind"), rapid.Int64Range(-1000, 100_000).Draw(r, "ms")
			inflight, tokens := rapid.IntRange(0, 400).Draw(r, "inflight"), rapid.Int64Range(-5, 1<<40).Draw(r, "tokens")
			for range rapid.IntRange(1, 200).Draw(r, "times") {
				now = now.Add(time.Duration(back/10) * time.Millisecond)
				sent := now.Add(-time.Duration(back) * time.Millisecond)
				switch kind {
				case 0, 1:
					c.Sent(now, inflight)
					c.Done(now.Add(time.Second), now, tokens, inflight)
				case 2:
					c.Sent(now, c.Allowed())
					c.Done(now, sent, tokens, inflight)
				case 3:
					c.Refused(now, sent, time.Duration(back)*time.Millisecond, inflight)
				case 4:
					c.Failed(now, sent, inflight)
				}
				if n := c.Allowed(); n < 1 || n > o.Max {
					r.Fatalf("%d allowed", n)
				}
			}
		}
	})
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{}, {Start: 5, Max: 4}, {Start: 0, Max: 4}, {Start: 1, Max: 1 << 20}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}
