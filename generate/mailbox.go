package generate

import (
	"sync"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
)

// ack says that an end was committed, or why not.
type ack struct {
	task     *task
	standing answers.Standing
	accepted bool
	reason   string // why it was rejected
	said     string // the text of the answer
	usage    llm.Usage
	err      error
}

// mailbox takes acknowledgements without ever blocking the store. What lies in
// it is bounded by the answers that were handed over.
type mailbox struct {
	ready chan struct{} // holds one token while there is something to take
	mu    sync.Mutex
	acks  []ack
}

func newMailbox() *mailbox { return &mailbox{ready: make(chan struct{}, 1)} }

func (m *mailbox) put(a ack) {
	m.mu.Lock()
	m.acks = append(m.acks, a)
	m.mu.Unlock()
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

func (m *mailbox) take() []ack {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.acks
	m.acks = nil
	return all
}
