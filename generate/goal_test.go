package generate

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// A goal is met to the row, whatever came between, and with the same files.
func TestExactlySoManyRows(t *testing.T) {
	t.Parallel()
	plan := world{train: 400, validation: 80, block: 30}
	goal := func(o *Options) { o.Rows = 240 }
	want := clean(t, plan, goal)
	dir, e := t.TempDir(), newEndpoint(t)
	o := options(dir, e)
	goal(&o)
	for _, after := range []int{40, 90, 30, 60, 1 << 30} {
		total := 0
		e.set(func(q string, n int) string {
			if total++; total > after {
				return "quota"
			}
			return map[bool]string{true: "500"}[n == 0 && hashOf(q)%5 == 0]
		})
		_, err := generate(t, o, plan, &tally{})
		if err != nil && fault.ExitCode(err) != fault.Incomplete {
			t.Fatal(err)
		}
	}
	p := &tally{}
	if _, err := generate(t, o, plan, p); err != nil {
		t.Fatal(err)
	}
	m := whole(t, dir, plan, p)
	if m.Totals.Accepted != 240 || m.Splits["validation"].Accepted != 40 || m.Totals.Pending != 0 {
		t.Errorf("%+v, %+v", m.Totals, m.Splits)
	}
	same(t, files(t, dir), want)
	for q, n := range e.answered {
		if n != 1 {
			t.Errorf("answered %d times: %q", n, q)
		}
	}
	t.Run("a larger goal goes on", func(t *testing.T) {
		o.Rows = 300
		if _, err := generate(t, o, plan, nil); err != nil {
			t.Fatal(err)
		}
		same(t, files(t, dir), clean(t, plan, func(o *Options) { o.Rows = 300 }))
	})
	t.Run("a smaller one is refused", func(t *testing.T) {
		o.Rows = 100
		if _, err := generate(t, o, plan, nil); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "--rows") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("one beyond the plan ends incomplete", func(t *testing.T) {
		o.Rows = 475
		_, err := generate(t, o, plan, nil)
		if fault.ExitCode(err) != fault.Incomplete || !strings.Contains(err.Error(), "no more pairs") {
			t.Errorf("got %v", err)
		}
		if m, err := shards.ReadManifest(filepath.Join(dir, "manifest.json")); err != nil || m.Totals.Planned != 480 {
			t.Errorf("%v, %v", m, err)
		}
	})
}

// Failed pairs may become rows later: nothing is asked in their place.
func TestFailedPairsCountTowardsTheGoal(t *testing.T) {
	t.Parallel()
	plan := world{train: 400, block: 30}
	dir, e := t.TempDir(), newEndpoint(t)
	o := options(dir, e)
	o.Rows, o.MaxAttempts = 200, 2
	e.set(func(q string, _ int) string { return map[bool]string{true: "cut"}[hashOf(q)%10 == 4] })
	if _, err := generate(t, o, plan, nil); fault.ExitCode(err) != fault.Incomplete || !strings.Contains(err.Error(), "--retry-failed") {
		t.Fatalf("got %v", err)
	}
	e.set(nil)
	o.RetryFailed = true
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	if m := whole(t, dir, plan, nil); m.Totals.Accepted != 200 || m.Totals.Failed != 0 {
		t.Errorf("%+v", m.Totals)
	}
}
