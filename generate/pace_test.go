package generate

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
)

// scripted answers by a function, in virtual time.
type scripted struct {
	mu    sync.Mutex
	asked map[string][]time.Time
	do    func(ctx context.Context, question string, n int) (llm.Answer, error)
}

func (s *scripted) Ask(ctx context.Context, r llm.Request) (llm.Answer, error) {
	q := r.Messages[0].Content
	s.mu.Lock()
	n := len(s.asked[q])
	s.asked[q] = append(s.asked[q], time.Now())
	s.mu.Unlock()
	return s.do(ctx, q, n)
}

func good(q string) (llm.Answer, error) {
	text, finish := reply(q)
	body, err := json.Marshal(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"content": text}, "finish_reason": finish}}})
	if err != nil {
		return llm.Answer{}, err
	}
	return llm.Read(200, nil, body)
}

// A pair that was told to wait a minute waits that long, and nobody waits with it.
func TestWaitingHoldsNoWorker(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		plan := world{train: 40, block: 10}
		o := DefaultOptions()
		o.RunDir, o.Model, o.Endpoint, o.Concurrency = dir, "m", "http://h", 2
		begun := time.Now()
		slow := 0
		s := &scripted{asked: map[string][]time.Time{}}
		var mu sync.Mutex
		s.do = func(_ context.Context, q string, n int) (llm.Answer, error) {
			time.Sleep(100 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			if n == 0 && slow < 3 {
				slow++
				return llm.Answer{Status: 429}, &llm.Error{Kind: llm.RateLimited, Status: 429, RetryAfter: time.Minute}
			}
			return good(q)
		}
		p := &tally{}
		if _, err := runWith(t.Context(), o, plan, p, s, "http://h/v1", usual); err != nil {
			t.Fatal(err)
		}
		m := whole(t, dir, plan, p)
		if m.Totals.Pending+m.Totals.Failed != 0 {
			t.Errorf("totals %+v", m.Totals)
		}
		late := 0
		for q, at := range s.asked {
			switch {
			case len(at) == 1 && at[0].Sub(begun) > 10*time.Second:
				t.Errorf("%q waited %s for others", q, at[0].Sub(begun))
			case len(at) == 2:
				late++
				if d := at[1].Sub(at[0]); d < time.Minute || d > 62*time.Second {
					t.Errorf("waited %s", d)
				}
			}
		}
		if late != 3 {
			t.Errorf("%d pairs waited", late)
		}
	})
}

func TestBackoff(t *testing.T) {
	p := pace{first: time.Second, longest: 30 * time.Second}
	seen := map[time.Duration]bool{}
	for i := range 200 {
		x := &task{key: answers.Key{byte(i)}}
		for x.tries = 1; x.tries <= 70; x.tries++ {
			bound := p.longest
			if x.tries <= 5 {
				bound = time.Second << (x.tries - 1)
			}
			d := x.backoff(p, 0)
			if d < 0 || d > bound {
				t.Fatalf("try %d waits %s", x.tries, d)
			}
			if wished := x.backoff(p, time.Hour); wished != d+time.Hour {
				t.Fatalf("a wish of an hour gives %s", wished)
			}
			seen[d] = true
		}
	}
	if len(seen) < 10_000 {
		t.Errorf("only %d different waits", len(seen))
	}
}
