package generate

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pcclip/pcclip/generate/llm"
)

// Endpoints that are away for ten minutes, at the beginning, in the middle or at
// the end of a run, cost no row, and are not flooded meanwhile.
func TestTenMinutesAway(t *testing.T) {
	for _, endpoints := range []int{1, 3} {
		for _, after := range []int{0, 150, 395} { // of 400 pairs, some of which share a request
			dir := t.TempDir()
			t.Run(fmt.Sprintf("%d endpoints after %d", endpoints, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { tenMinutesAway(t, dir, endpoints, after) })
			})
		}
	}
}

func tenMinutesAway(t *testing.T, dir string, endpoints, after int) {
	plan := world{train: 400, block: 100}
	o := DefaultOptions()
	o.RunDir, o.Model, o.Endpoint, o.Concurrency, o.Rules = dir, "m", "http://h", 8, "paper"
	var mu sync.Mutex
	var back time.Time
	asked, lost := 0, 0
	s := &scripted{asked: map[string][]time.Time{}}
	s.do = func(_ context.Context, q string, _ int) (llm.Answer, error) {
		time.Sleep(200 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		if asked++; asked > after*6/7 && back.IsZero() {
			back = time.Now().Add(10 * time.Minute)
		}
		if time.Now().Before(back) {
			lost++
			return llm.Answer{Status: 503}, &llm.Error{Kind: llm.Overloaded, Status: 503}
		}
		return good(q)
	}
	var all []*remote
	var weights []float64
	for i := range endpoints {
		all, weights = append(all, &remote{asker: s, url: fmt.Sprintf("http://h%d/v1", i), model: "m"}), append(weights, 1)
		if i > 0 {
			o.Others = append(o.Others, Endpoint{URL: fmt.Sprintf("http://h%d", i), Concurrency: 8, Rates: o.Rates})
		}
	}
	remotes, err := newRemotes(all, o, weights)
	if err != nil {
		t.Fatal(err)
	}
	begun, p := time.Now(), &tally{}
	if _, err := runAt(t.Context(), o, plan, p, remotes, usual); err != nil {
		t.Fatal(err)
	}
	if m := whole(t, dir, plan, p); m.Totals.Failed+m.Totals.Pending != 0 {
		t.Errorf("totals %+v", m.Totals)
	}
	// The endpoint is asked once a minute, and a pair that failed before that was
	// noticed may wait for one more.
	if took := time.Since(begun); took < 10*time.Minute || took > 15*time.Minute {
		t.Errorf("it took %s", took)
	}
	if lost > 800 {
		t.Errorf("%d requests were lost", lost)
	}
	t.Logf("%s, %d requests lost", time.Since(begun), lost)
}
