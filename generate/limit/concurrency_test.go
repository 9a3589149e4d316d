package limit

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

func always(s float64) func(float64) float64 { return func(float64) float64 { return s } }

func start(t *testing.T) *Concurrency {
	t.Helper()
	c, err := New(Default())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const seeds = 5

func TestExplore(t *testing.T) {
	for seed := range uint64(seeds) {
		for _, n := range []int{1, 2, 5, 8, 24, 64, 256} {
			s := &slots{n: n, mean: always(0.2), spread: 0.2, rng: rng(seed)}
			w := newWorld(start(t), s)
			a := w.run(30)
			b := w.run(60)
			f := w.run(120)
			full := float64(n) / 0.2
			fmt.Printf("slots %3d: first 30 s %.2f, 30-60 %.2f, 60-120 %.2f, wait %.2f service, allowed %.1f\n", n, a.rate/full, b.rate/full, f.rate/full, f.latency/0.2-1, f.allowed)
		}
		for _, rtt := range []float64{0.02, 0.2} {
			s := &slots{n: 64, mean: always(0.2), spread: 0.2, random: 0.05, rng: rng(seed)}
			w := newWorld(start(t), s)
			w.refusal = rtt
			w.run(30)
			f := w.run(120)
			fmt.Printf("random 429, rtt %.2f: rate %.2f allowed %.1f\n", rtt, f.rate/320, f.allowed)
			s = &slots{n: 64, mean: always(0.2), spread: 0.2, most: 32, rng: rng(seed)}
			w = newWorld(start(t), s)
			w.refusal = rtt
			w.run(30)
			f = w.run(120)
			fmt.Printf("at most 32, rtt %.2f: rate %.2f allowed %.1f refused/s %.1f\n", rtt, f.rate/160, f.allowed, f.refused)
		}
		{
			slow := func(now float64) float64 {
				if now > 100 && now < 200 {
					return 0.4
				}
				return 0.2
			}
			s := &slots{n: 64, mean: slow, spread: 0.2, rng: rng(seed)}
			w := newWorld(start(t), s)
			line := "service doubles at 100, halves at 200:"
			for at := 10.0; at <= 300; at += 10 {
				f := w.run(at)
				line += fmt.Sprintf(" %.2f/%.0f", f.rate*slow(at-5)/64, f.allowed)
			}
			fmt.Println(line)
			down := func(now float64) int {
				if now > 60 && now < 80 {
					return 1
				}
				return 0
			}
			s = &slots{n: 64, mean: always(.2), spread: 0.2, rng: rng(seed)}
			w = newWorld(start(t), s)
			w.watch = func(w *world) { s.random = float64(down(w.now)) }
			w.refusal = .1
			line = "outage 60-80:"
			for at := 10.0; at <= 160; at += 5 {
				f := w.run(at)
				line += fmt.Sprintf(" %.2f/%.0f", f.rate*.2/64, f.allowed)
			}
			fmt.Println(line)
			s = &slots{n: 64, mean: always(.2), spread: 0.2, rng: rng(seed)}
			o := Default()
			o.Max = 16
			c, _ := New(o)
			w = newWorld(c, s)
			w.run(30)
			f := w.run(90)
			fmt.Printf("bound 16: rate %.2f allowed %.1f\n", f.rate*.2/16, f.allowed)
			s = &slots{n: 64, mean: always(.2), spread: 0.2, rng: rng(seed)}
			w = newWorld(start(t), s)
			w.watch = func(w *world) {
				if w.now > 60 {
					s.n = 128
				}
			}
			line = "slots double at 60:"
			for at := 10.0; at <= 120; at += 5 {
				f := w.run(at)
				line += fmt.Sprintf(" %.2f/%.0f", f.rate*.2/float64(s.n), f.allowed)
			}
			fmt.Println(line)
			w.watch = func(w *world) {
				if w.now > 120 {
					s.n = 16
				}
			}
			line = "slots fall to 16 at 120:"
			for at := 125.0; at <= 240; at += 5 {
				f := w.run(at)
				line += fmt.Sprintf(" %.2f/%.0f", f.rate*.2/float64(s.n), f.allowed)
			}
			fmt.Println(line)
			for _, n := range []int{2, 8, 64} {
				s = &slots{n: n, mean: always(1), spread: 0.2, rng: rng(seed), tokens: true, made: map[int]int64{}}
				w = newWorld(start(t), s)
				a := w.run(60)
				b := w.run(120)
				f := w.run(400)
				fmt.Printf("exponential slots %d, 1 s: 60 s %.2f 120 s %.2f then %.2f allowed %.1f\n", n, a.rate/float64(n), b.rate/float64(n), f.rate/float64(n), f.allowed)
			}
		}
		for name, token := range map[string]func(int) float64{
			"flat":    func(n int) float64 { return 0.01 * max(1, float64(n)/32) },
			"gradual": func(n int) float64 { return 0.01 * (1 + max(0, float64(n-32))/48) },
		} {
			best := 0.0
			run := func(c *Concurrency) (float64, figures) {
				w := newWorld(c, &batch{most: 256, token: token, rng: rng(seed), tokens: map[int]int64{}})
				a := w.run(60)
				f := w.run(180)
				return a.tokens, f
			}
			at := 0
			for _, n := range []int{16, 32, 48, 64, 128, 256, 384} {
				if _, f := run(Fixed(n)); f.tokens > best {
					best, at = f.tokens, n
				}
			}
			a, f := run(start(t))
			w := newWorld(start(t), &batch{most: 256, token: token, rng: rng(seed), tokens: map[int]int64{}})
			line := "batch " + name
			for at := 10.0; at <= 150; at += 10 {
				f := w.run(at)
				line += fmt.Sprintf(" %.2f/%.0f", f.tokens/best, f.allowed)
			}
			fmt.Println(line)
			fmt.Printf("batch %s: first 60 s %.2f, then %.2f of the best (%.0f tokens/s at %d), allowed %.1f\n", name, a/best, f.tokens/best, best, at, f.allowed)
		}
	}
}
