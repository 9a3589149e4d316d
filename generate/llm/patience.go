package llm

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// A request may take so many times the slowest of the latest answers, but never
// less than leastPatience: a request that hangs is noticed long before the time-out
// for a server of which nothing is known.
const (
	patienceFactor = 4
	leastPatience  = 20 * time.Second
	remembered     = 256 // answers
)

// patience learns how long answers take. It is safe for concurrent use.
type patience struct {
	most time.Duration // the user's time-out

	mu     sync.Mutex
	latest [remembered]time.Duration
	count  int
	raised time.Duration // by time-outs: the server may have become slower
}

// total gives the time-out of the next request.
func (p *patience) total() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count < remembered/8 {
		return p.most
	}
	slowest := p.raised
	for _, d := range p.latest[:min(p.count, remembered)] {
		slowest = max(slowest, d)
	}
	return min(p.most, max(leastPatience, patienceFactor*slowest))
}

// took takes note of an answer.
func (p *patience) took(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latest[p.count%remembered] = d
	p.count++
	if p.count%remembered == 0 {
		p.raised = 0
	}
}

// ranOut takes note of a request that was given up after d: the next ones get
// more.
func (p *patience) ranOut(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.raised = max(p.raised, d/2)
}

var errStalled = errors.New("the response began and went no further")

// moving reads a body that must move on: white space, which some servers send
// to keep a connection open, is no progress once the answer has begun.
type moving struct {
	body   io.Reader
	cancel context.CancelCauseFunc
	timer  *time.Timer // nil before the answer begins
	pause  time.Duration
}

func (m *moving) Read(p []byte) (int, error) {
	n, err := m.body.Read(p)
	if blank(p[:n]) {
		return n, err
	}
	if m.timer == nil {
		m.timer = time.AfterFunc(m.pause, func() { m.cancel(errStalled) })
	} else {
		m.timer.Reset(m.pause)
	}
	return n, err
}

func (m *moving) stop() {
	if m.timer != nil {
		m.timer.Stop()
	}
}

func blank(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}
