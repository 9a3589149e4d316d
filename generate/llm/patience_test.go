package llm

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestPatienceFollowsTheAnswers(t *testing.T) {
	p := patience{most: 2 * time.Minute}
	if p.total() != 2*time.Minute {
		t.Errorf("nothing is known yet: %s", p.total())
	}
	for range remembered {
		p.took(time.Second)
	}
	if p.total() != leastPatience {
		t.Errorf("answers take a second: %s", p.total())
	}
	p.took(10 * time.Second)
	if p.total() != 40*time.Second {
		t.Errorf("one took ten: %s", p.total())
	}
	p.ranOut(40 * time.Second)
	if p.total() != 80*time.Second {
		t.Errorf("one ran out: %s", p.total())
	}
	for range 3 * remembered {
		p.took(time.Second)
	}
	if p.total() != leastPatience {
		t.Errorf("long ago: %s", p.total())
	}
}

// White space before the answer is patience, within it a stall.
func TestStalledResponse(t *testing.T) {
	o := DefaultOptions()
	o.Stall = 150 * time.Millisecond
	c := serve(t, o, func(w http.ResponseWriter, r *http.Request) {
		flush := func(s string) { io.WriteString(w, s); w.(http.Flusher).Flush() }
		for range 6 {
			flush("\n")
			time.Sleep(50 * time.Millisecond)
		}
		if r.Header.Get("Authorization") != "" {
			t.Error("a key was sent")
		}
		flush(said[:20])
		for range 20 {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(50 * time.Millisecond):
				flush(" ")
			}
		}
		flush(said[20:])
	})
	start := time.Now()
	_, err := c.Ask(t.Context(), Request{Model: "m"})
	var e *Error
	if !errors.As(err, &e) || e.Kind != TimedOut || !e.Retryable() {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took < 300*time.Millisecond || took > 900*time.Millisecond {
		t.Errorf("noticed after %s", took)
	}
}

func TestMovingBodyIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		stalled := false
		m := &moving{body: r, pause: time.Second, cancel: func(error) { stalled = true }}
		go func() {
			for range 10 {
				w.Write([]byte("x"))
				time.Sleep(900 * time.Millisecond)
			}
			w.Close()
		}()
		b, err := io.ReadAll(m)
		m.stop()
		if len(b) != 10 || err != nil || stalled {
			t.Errorf("%q, %v, stalled %v", b, err, stalled)
		}
	})
}

// The field of the cap is found once, and from then on used.
