package limit

import (
	"math"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func budget(t testing.TB, change func(*Rates)) *Budget {
	t.Helper()
	r := DefaultRates()
	change(&r)
	b, err := NewBudget(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// spent is what a budget gave at some time; given back is negative.
type spent struct {
	at                      time.Time
	requests, input, output float64
}

// heaviest gives the most of any 60 seconds.
func heaviest(all []spent, of func(spent) float64) float64 {
	most := 0.0
	for i := range all {
		sum := 0.0
		for _, s := range all[i:] {
			if s.at.Sub(all[i].at) > time.Minute {
				break
			}
			sum += of(s)
			most = max(most, sum)
		}
	}
	return most
}

// In no minute more goes than the limit, but for what a single request exceeds
// the burst by.
func TestBudgetKeepsEveryMinute(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rates := Rates{
			Requests: rapid.Int64Range(0, 600).Draw(r, "requests"), Input: rapid.Int64Range(0, 50_000).Draw(r, "input"),
			Output: rapid.Int64Range(0, 20_000).Draw(r, "output"), Tokens: rapid.Int64Range(0, 60_000).Draw(r, "tokens"),
			Burst: time.Duration(rapid.Int64Range(1, int64(longestBurst)).Draw(r, "burst")),
		}
		b, err := NewBudget(rates)
		if err != nil {
			r.Fatal(err)
		}
		now := clock(0)
		var all []spent
		var running [][2]int64
		var mostIn, mostOut int64
		for range rapid.IntRange(1, 400).Draw(r, "calls") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 3000).Draw(r, "ms")) * time.Millisecond)
			if rapid.Bool().Draw(r, "settle") && len(running) > 0 {
				q := running[0]
				running = running[1:]
				in, out := rapid.Int64Range(0, q[0]).Draw(r, "used in"), rapid.Int64Range(0, q[1]).Draw(r, "used out")
				b.Settle(now, q[0], q[1], in, out)
				all = append(all, spent{now, 0, float64(in - q[0]), float64(out - q[1])})
				continue
			}
			in, out := rapid.Int64Range(0, 2000).Draw(r, "in"), rapid.Int64Range(0, 500).Draw(r, "out")
			ok, wait := b.Reserve(now, in, out)
			if !ok && rapid.Bool().Draw(r, "patient") {
				if now = now.Add(wait); wait > 0 {
					ok, wait = b.Reserve(now, in, out)
				}
				if !ok {
					r.Fatalf("not after the wait either: %v more", wait)
				}
			}
			if ok {
				mostIn, mostOut = max(mostIn, in), max(mostOut, out)
				running = append(running, [2]int64{in, out})
				all = append(all, spent{now, 1, float64(in), float64(out)})
			}
		}
		most := func(what string, limit, single int64, of func(spent) float64) {
			allowed := float64(limit) + max(0, float64(single)-float64(limit)/60*rates.Burst.Seconds())
			if got := heaviest(all, of); limit > 0 && got > allowed+0.01 {
				r.Fatalf("%v %s in 60 s, want %v at most", got, what, allowed)
			}
		}
		most("requests", rates.Requests, 0, func(s spent) float64 { return s.requests })
		most("input", rates.Input, max(1, mostIn), func(s spent) float64 { return s.input })
		most("output", rates.Output, max(1, mostOut), func(s spent) float64 { return s.output })
		most("tokens", rates.Tokens, max(1, mostIn+mostOut), func(s spent) float64 { return s.input + s.output })
	})
}

// Under constant demand at least 95 % of a limit is used, whichever binds.
func TestBudgetIsUsed(t *testing.T) {
	const minutes = 10
	for what, c := range map[string]struct {
		rates Rates
		of    func(requests, in, out int64) float64
	}{
		"requests":   {Rates{Requests: 500}, func(n, _, _ int64) float64 { return float64(n) / 500 }},
		"1 a minute": {Rates{Requests: 1}, func(n, _, _ int64) float64 { return float64(n) }},
		"7 a minute": {Rates{Requests: 7}, func(n, _, _ int64) float64 { return float64(n) / 7 }},
		"input":      {Rates{Input: 200_000, Output: 1e9}, func(_, in, _ int64) float64 { return float64(in) / 200_000 }},
		"output":     {Rates{Output: 30_000, Requests: 1e6}, func(_, _, out int64) float64 { return float64(out) / 30_000 }},
		"both":       {Rates{Tokens: 100_000}, func(_, in, out int64) float64 { return float64(in+out) / 100_000 }},
		"fast":       {Rates{Requests: 60_000}, func(n, _, _ int64) float64 { return float64(n) / 60_000 }},
	} {
		t.Run(what, func(t *testing.T) {
			c.rates.Burst = 2 * time.Second
			b := budget(t, func(r *Rates) { *r = c.rates })
			var requests, in, out int64
			var running []time.Time
			for now := clock(0); now.Before(clock(minutes * 60)); {
				for len(running) > 0 && !running[0].After(now) {
					running = running[1:]
					b.Settle(now, 250, 160, 200, 45)
				}
				ok, wait := b.Reserve(now, 250, 160)
				if !ok {
					if len(running) > 0 {
						wait = min(wait, running[0].Sub(now))
					}
					now = now.Add(wait)
					continue
				}
				requests, in, out = requests+1, in+200, out+45
				running = append(running, now.Add(2*time.Second))
			}
			if share := c.of(requests, in, out) / minutes; share < 0.95 || share > 1.01 {
				t.Errorf("%.3f of the limit used", share)
			}
		})
	}
}

func TestBudgetTakesAllOrNothing(t *testing.T) {
	b := budget(t, func(r *Rates) { r.Requests, r.Output = 60, 60 })
	if ok, _ := b.Reserve(clock(0), 10, 2); !ok {
		t.Fatal("not from a full budget")
	}
	ok, wait := b.Reserve(clock(0), 10, 2)
	if ok || wait < 2*time.Second || wait > 2100*time.Millisecond {
		t.Fatalf("reserved %v, wait %v", ok, wait)
	}
	if ok, _ := b.Reserve(clock(0), 10, 0); !ok {
		t.Error("the refused request was taken from the requests")
	}
}

func TestBudgetPaysBackWhatWasBeyond(t *testing.T) {
	b := budget(t, func(r *Rates) { r.Tokens = 60 })
	if ok, _ := b.Reserve(clock(0), 20, 10); !ok {
		t.Fatal("a request beyond the burst never goes")
	}
	if _, wait := b.Reserve(clock(0), 1, 0); wait < 29*time.Second || wait > 31*time.Second {
		t.Errorf("wait %v after 30 of 60 a minute, want about 30s", wait)
	}
	b.Settle(clock(0), 20, 10, 20, 40)
	if _, wait := b.Reserve(clock(0), 1, 0); wait < 59*time.Second || wait > 62*time.Second {
		t.Errorf("wait %v after 60 of 60 a minute, want about 60s", wait)
	}
}

func TestBudgetHolds(t *testing.T) {
	b := budget(t, func(*Rates) {})
	b.Blocked(clock(0), clock(30))
	b.Blocked(clock(0), clock(10))
	if ok, wait := b.Reserve(clock(5), 1, 1); ok || wait != 25*time.Second {
		t.Errorf("reserved %v, wait %v", ok, wait)
	}
	if ok, _ := b.Reserve(clock(30), 1, 1); !ok {
		t.Error("still held")
	}
	if ok, _ := b.Reserve(clock(29), 1, 1); ok {
		t.Error("not held at an earlier time")
	}
}

func TestReadHeader(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	h := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	for _, c := range []struct {
		head http.Header
		want Header
	}{
		{h(), Header{}},
		{
			h("x-ratelimit-limit-requests", "60", "x-ratelimit-remaining-requests", "59", "x-ratelimit-reset-requests", "1s"),
			Header{Requests: Quota{60, 59, true, time.Second}},
		},
		{
			h("x-ratelimit-limit-tokens", "150000", "x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "6m0s"),
			Header{Tokens: Quota{150000, 0, true, 6 * time.Minute}},
		},
		{h("x-ratelimit-reset-tokens", "120ms"), Header{Tokens: Quota{Reset: 120 * time.Millisecond}}},
		{h("x-ratelimit-reset-tokens", "7.5"), Header{Tokens: Quota{Reset: 7500 * time.Millisecond}}},
		{h("x-ratelimit-reset-tokens", "1700000030"), Header{Tokens: Quota{Reset: 30 * time.Second}}},
		{h("x-ratelimit-reset-tokens", "1700000030000"), Header{Tokens: Quota{Reset: 30 * time.Second}}},
		{h("x-ratelimit-reset-tokens", "1600000000"), Header{}},
		{h("x-ratelimit-reset-tokens", "1e300"), Header{Tokens: Quota{Reset: 24 * time.Hour}}},
		{h("x-ratelimit-reset-tokens", "-5s", "x-ratelimit-remaining-tokens", "-1", "x-ratelimit-limit-tokens", "NaN"), Header{}},
		{h("x-ratelimit-remaining-requests", "lots", "x-ratelimit-reset-requests", "soon"), Header{}},
		{
			h("x-ratelimit-limit-tokens", "9", "x-ratelimit-limit-tokens-minute", "8", "x-ratelimit-remaining-tokens-minute", "4"),
			Header{Tokens: Quota{8, 4, true, 0}},
		},
	} {
		if got := ReadHeader(c.head, now); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.head, got, c.want)
		}
	}
}

func TestBudgetBelievesTheEndpoint(t *testing.T) {
	// No limit set: that of the endpoint counts.
	b := budget(t, func(*Rates) {})
	b.Correct(clock(0), Header{Requests: Quota{Limit: 60}})
	if ok, _ := b.Reserve(clock(0), 1, 1); !ok {
		t.Fatal("not the first")
	}
	b.Reserve(clock(0), 1, 1)
	if ok, wait := b.Reserve(clock(0), 1, 1); ok || wait > 1100*time.Millisecond {
		t.Errorf("third at once: %v, wait %v", ok, wait)
	}
	// A higher one does not raise that of the settings.
	b = budget(t, func(r *Rates) { r.Requests = 60 })
	b.Correct(clock(0), Header{Requests: Quota{Limit: 6000, Remaining: 5999, Known: true, Reset: 10 * time.Millisecond}})
	b.Reserve(clock(0), 1, 1)
	b.Reserve(clock(0), 1, 1)
	if ok, _ := b.Reserve(clock(0), 1, 1); ok {
		t.Error("beyond the limit of the settings")
	}
	// Little is left: it is spread over the time until the reset.
	b = budget(t, func(r *Rates) { r.Requests = 60 })
	b.Correct(clock(0), Header{Requests: Quota{Limit: 60, Remaining: 0, Known: true, Reset: 10 * time.Second}})
	if _, wait := b.Reserve(clock(0), 1, 1); wait < 10*time.Second || wait > 11*time.Second {
		t.Errorf("wait %v for a reset in 10s", wait)
	}
	b.Correct(clock(0), Header{Requests: Quota{Limit: 60, Remaining: 5, Known: true, Reset: 10 * time.Second}})
	b.Reserve(clock(0), 1, 1)
	b.Reserve(clock(0), 1, 1)
	if _, wait := b.Reserve(clock(0), 1, 1); wait < 1900*time.Millisecond || wait > 2100*time.Millisecond {
		t.Errorf("wait %v with 5 left for 10s", wait)
	}
}

// Two clients that share a key, at a server that refills all the time, come to
// equal shares of it without refusals to speak of.
func TestBudgetsShareAKey(t *testing.T) {
	const perMinute = 600.0
	level, refused := perMinute, 0
	var served [2]int
	clients := [2]*Budget{}
	for i := range clients {
		clients[i] = budget(t, func(r *Rates) { r.Requests = perMinute })
	}
	for ms := 0; ms < 600_000; ms += 10 {
		now := clock(float64(ms) / 1000)
		level = min(perMinute, level+perMinute/60*0.01)
		for i, b := range clients {
			if ok, _ := b.Reserve(now, 1, 1); !ok {
				continue
			}
			if level < 1 {
				refused++
			} else {
				level--
				served[i]++
			}
			b.Correct(now, Header{Requests: Quota{perMinute, math.Floor(level), true, time.Duration((perMinute - level) / perMinute * 60e9)}})
		}
	}
	total := served[0] + served[1]
	if share := float64(served[0]) / float64(total); share < 0.45 || share > 0.55 {
		t.Errorf("served %v", served)
	}
	if float64(total) < 0.95*perMinute*10 || refused > total/100 {
		t.Errorf("served %d of %v, refused %d", total, perMinute*10, refused)
	}
}

func TestRates(t *testing.T) {
	for what, change := range map[string]func(*Rates){
		"requests": func(r *Rates) { r.Requests = -1 }, "input": func(r *Rates) { r.Input = -1 }, "output": func(r *Rates) { r.Output = -1 },
		"tokens": func(r *Rates) { r.Tokens = -1 }, "no burst": func(r *Rates) { r.Burst = 0 }, "long": func(r *Rates) { r.Burst = time.Minute },
	} {
		r := DefaultRates()
		change(&r)
		if _, err := NewBudget(r); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
