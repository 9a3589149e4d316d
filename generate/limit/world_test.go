package limit

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

// event is the end of a request in the simulated world.
type event struct {
	at      float64 // seconds
	id      int
	refused bool
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].id < e[j].id
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// server is a simulated endpoint. It takes a request or refuses it, and tells
// which request it answers next.
type server interface {
	arrive(now float64, id int) (taken bool)
	next() (at float64, ok bool)
	answer() (id int, tokens int64)
}

// slots serves so many at once, the others wait in a queue of any length.
type slots struct {
	n       int
	mean    func(now float64) float64 // service time
	spread  float64                   // relative, each way
	most    int                       // refuses beyond so many; 0: never
	random  float64                   // part refused by chance
	rate    float64                   // refuses beyond so many a second; 0: never
	left    float64                   // of the rate
	last    float64
	tokens  bool // answers of 40 tokens on average, exponential, and the service with them
	rng     *rand.Rand
	queue   []int
	running events
	made    map[int]int64
}

func (s *slots) arrive(now float64, id int) bool {
	if s.rate > 0 {
		s.left = min(s.rate, s.left+(now-s.last)*s.rate)
		if s.last = now; s.left < 1 {
			return false
		}
		s.left--
	}
	if s.random > 0 && s.rng.Float64() < s.random || s.most > 0 && len(s.running)+len(s.queue) >= s.most {
		return false
	}
	if len(s.running) < s.n {
		s.begin(now, id)
	} else {
		s.queue = append(s.queue, id)
	}
	return true
}

func (s *slots) begin(now float64, id int) {
	took := s.mean(now) * (1 - s.spread + 2*s.spread*s.rng.Float64())
	if s.tokens {
		n := int64(1 + 40*s.rng.ExpFloat64())
		s.made[id], took = n, took*float64(n)/40
	}
	heap.Push(&s.running, event{at: now + took, id: id})
}

func (s *slots) next() (float64, bool) {
	if len(s.running) == 0 {
		return 0, false
	}
	return s.running[0].at, true
}

func (s *slots) answer() (int, int64) {
	e := heap.Pop(&s.running).(event)
	if len(s.queue) > 0 && len(s.running) < s.n {
		s.begin(e.at, s.queue[0])
		s.queue = s.queue[1:]
	}
	return e.id, s.made[e.id]
}

// batch generates for all its requests together, like vLLM: the time per token
// grows with the size of the batch past a knee.
type batch struct {
	most   int // in the batch; the others wait
	token  func(size int) float64
	slow   func(now float64) float64
	rng    *rand.Rand
	queue  []int
	tokens map[int]int64
	now    float64
	made   float64 // tokens that each request of the batch got so far
	ends   events  // by made
}

func (b *batch) advance(now float64) {
	if n := len(b.ends); n > 0 {
		b.made += (now - b.now) / b.per(n)
	}
	b.now = now
}

func (b *batch) per(n int) float64 {
	if b.slow != nil {
		return b.token(n) * b.slow(b.now)
	}
	return b.token(n)
}

func (b *batch) arrive(now float64, id int) bool {
	b.advance(now)
	b.tokens[id] = 20 + b.rng.Int64N(60)
	b.queue = append(b.queue, id)
	b.admit()
	return true
}

func (b *batch) admit() {
	for len(b.queue) > 0 && len(b.ends) < b.most {
		id := b.queue[0]
		b.queue = b.queue[1:]
		heap.Push(&b.ends, event{at: b.made + float64(b.tokens[id]), id: id})
	}
}

func (b *batch) next() (float64, bool) {
	if len(b.ends) == 0 {
		return 0, false
	}
	return b.now + max(b.ends[0].at-b.made, 0)*b.per(len(b.ends)), true
}

func (b *batch) answer() (int, int64) {
	at, _ := b.next()
	b.advance(at)
	e := heap.Pop(&b.ends).(event)
	b.admit()
	n := b.tokens[e.id]
	delete(b.tokens, e.id)
	return e.id, n
}

// world drives a Concurrency against a server, with demand without end.
type world struct {
	c        *Concurrency
	s        server
	refusal  float64 // seconds until a refusal is back
	now      float64
	demand   int // in flight at most; 0: without end
	inflight int
	ids      int
	sent     map[int]float64
	refusals events
	hang     float64 // part of the requests that no server sees and that fail in the end
	rng      *rand.Rand

	answers, work, refused int64
	latency                float64 // sum over the answers
	held                   float64 // sum of allowed x seconds
	watch                  func(w *world)
}

func newWorld(c *Concurrency, s server) *world {
	return &world{c: c, s: s, refusal: 0.02, sent: map[int]float64{}}
}

func clock(s float64) time.Time {
	return time.Unix(1_000_000, 0).Add(time.Duration(s * float64(time.Second)))
}

// figures are what a stretch of simulated time came to.
type figures struct {
	rate, tokens, latency, allowed, refused float64
}

// run goes on until then and gives the figures of that stretch.
func (w *world) run(until float64) figures {
	begun := w.now
	w.answers, w.work, w.refused, w.latency, w.held = 0, 0, 0, 0, 0
	for {
		w.fill()
		at, ok := w.s.next()
		refusal := len(w.refusals) > 0 && (!ok || w.refusals[0].at <= at)
		if refusal {
			at = w.refusals[0].at
		} else if !ok {
			panic("nothing happens")
		}
		w.held += float64(w.c.Allowed()) * (min(at, until) - w.now)
		if at >= until {
			w.now = until
			break
		}
		w.now = at
		w.end(refusal)
		if w.watch != nil {
			w.watch(w)
		}
	}
	d := w.now - begun
	return figures{
		rate: float64(w.answers) / d, tokens: float64(w.work) / d, latency: w.latency / float64(max(w.answers, 1)),
		allowed: w.held / d, refused: float64(w.refused) / d,
	}
}

func (w *world) fill() {
	for w.inflight < w.c.Allowed() && (w.demand == 0 || w.inflight < w.demand) {
		w.inflight++
		w.ids++
		w.sent[w.ids] = w.now
		w.c.Sent(clock(w.now), w.inflight)
		if w.hang > 0 && w.rng.Float64() < w.hang {
			heap.Push(&w.refusals, event{at: w.now + 60, id: w.ids})
			continue
		}
		if !w.s.arrive(w.now, w.ids) {
			heap.Push(&w.refusals, event{at: w.now + w.refusal, id: w.ids, refused: true})
		}
	}
}

func (w *world) end(refusal bool) {
	if refusal {
		e := heap.Pop(&w.refusals).(event)
		if sent := clock(w.sent[e.id]); e.refused {
			w.refused++
			w.c.Refused(clock(w.now), sent, 0, w.inflight)
		} else {
			w.c.Failed(clock(w.now), sent, w.inflight)
		}
		w.inflight--
		delete(w.sent, e.id)
		return
	}
	id, tokens := w.s.answer()
	w.answers++
	w.work += tokens
	w.latency += w.now - w.sent[id]
	w.c.Done(clock(w.now), clock(w.sent[id]), tokens, w.inflight)
	w.inflight--
	delete(w.sent, id)
}
