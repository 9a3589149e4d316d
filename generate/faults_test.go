package generate

import (
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// mixed makes 30 % of the first requests and 10 % of the second ones fail, each
// in one of the ways that pass; hangs are rare, since each lasts a time-out.
func mixed(question string, n int) string {
	kinds := []string{"429", "500", "503", "html", "error body", "null", "no choices", "blank", "cut", "reset", "closed"}
	h := hashOf(question) / 20
	switch {
	case n == 0 && hangs(question):
		return "hang"
	case n > 1 || h%10 >= uint32(3-2*n):
		return ""
	}
	return kinds[(h/10+uint32(n))%uint32(len(kinds))]
}

func hangs(question string) bool { return hashOf(question)/20%89 == 0 }

func TestFaultsCostNoRowsAndChangeNoBytes(t *testing.T) {
	t.Parallel()
	plan := world{train: 330, validation: 45, block: 50}
	want := clean(t, plan, nil)
	for _, concurrency := range []int{3, 16} {
		dir, e, p := t.TempDir(), newEndpoint(t), &tally{}
		e.fault = mixed
		o := options(dir, e)
		o.Concurrency, o.Timeout = concurrency, 600*time.Millisecond
		result, err := generate(t, o, plan, p)
		if err != nil {
			t.Fatal(err)
		}
		m := whole(t, dir, plan, p)
		if m.Totals.Failed+m.Totals.Pending != 0 || m.Totals.Rejected == 0 || m.Totals.Planned != 375 {
			t.Errorf("totals %+v", m.Totals)
		}
		same(t, files(t, dir), want)
		// A slow machine may time out an answer that was on its way.
		late := result.Troubles[llm.TimedOut]
		again := int64(0)
		for q, n := range e.answered {
			again += int64(n - 1)
			if hangs(q) {
				late--
			}
		}
		if again > late {
			t.Errorf("%d answers were asked for again, %d were late", again, late)
		}
		if n := int64(e.requests()); n > result.Requests || n < result.Requests-late || n <= int64(len(e.answered)) {
			t.Errorf("%d requests, the result says %d", n, result.Requests)
		}
		for _, k := range []llm.Kind{llm.RateLimited, llm.Overloaded, llm.ErrorBody, llm.Malformed, llm.NoChoices, llm.Blank, llm.Transport, llm.TimedOut, llm.Length} {
			if result.Troubles[k] == 0 {
				t.Errorf("no trouble of kind %s", k)
			}
		}
	}
}

func TestFailedPairsAreNamedAndCanBeRetried(t *testing.T) {
	t.Parallel()
	plan := world{train: 120, validation: 10, block: 40}
	dir, e := t.TempDir(), newEndpoint(t)
	hopeless := func(q string, n int) string {
		switch hashOf(q) % 23 {
		case 0:
			return "500"
		case 1:
			return "context"
		}
		return ""
	}
	e.set(hopeless)
	o := options(dir, e)
	p := &tally{}
	_, err := generate(t, o, plan, p)
	if fault.ExitCode(err) != fault.Incomplete {
		t.Fatalf("error %v", err)
	}
	m := whole(t, dir, plan, p)
	reasons := m.FailReasons
	if m.Totals.Failed == 0 || m.Totals.Pending != 0 || reasons["overloaded"] == 0 || reasons["context_too_long"] == 0 || len(reasons) != 2 {
		t.Errorf("totals %+v, reasons %v", m.Totals, reasons)
	}
	for q, n := range e.asked {
		if want := map[string]int{"500": o.MaxAttempts, "context": 1, "": 1}[hopeless(q, 0)]; n != want {
			t.Errorf("asked %d times, want %d: %q", n, want, q)
		}
	}
	before, asked := files(t, dir), e.requests()
	p = &tally{}
	if _, err = generate(t, o, plan, p); fault.ExitCode(err) != fault.Incomplete || e.requests() != asked {
		t.Errorf("again: %v, %d requests more", err, e.requests()-asked)
	}
	whole(t, dir, plan, p)
	same(t, files(t, dir), before)

	o.RetryFailed = true
	if _, err = generate(t, o, plan, &tally{}); fault.ExitCode(err) != fault.Incomplete || e.requests() == asked {
		t.Errorf("retried without success: %v, %d requests more", err, e.requests()-asked)
	}
	same(t, files(t, dir), before)
	e.set(nil)
	asked = e.requests()
	p = &tally{}
	if _, err = generate(t, o, plan, p); err != nil {
		t.Fatal(err)
	}
	whole(t, dir, plan, p)
	same(t, files(t, dir), clean(t, plan, nil))
	bad := 0
	for q := range e.asked {
		if hopeless(q, 0) != "" {
			bad++
		}
	}
	if more := e.requests() - asked; more != bad {
		t.Errorf("%d requests to retry %d failed questions", more, bad)
	}
}

func TestOutageParksPairs(t *testing.T) {
	t.Parallel()
	plan := world{train: 200, block: 40}
	want := clean(t, plan, nil)
	for _, down := range []string{"503", "reset", "429"} {
		dir, e := t.TempDir(), newEndpoint(t)
		total := 0
		e.set(func(string, int) string {
			if total++; total > 60 {
				return down
			}
			return ""
		})
		p := &tally{}
		_, err := generate(t, options(dir, e), plan, p)
		if fault.ExitCode(err) != fault.Incomplete {
			t.Fatalf("%s: %v", down, err)
		}
		m := whole(t, dir, plan, nil)
		if m.Totals.Failed != 0 || m.Totals.Pending == 0 || p.failed != 0 {
			t.Errorf("%s: totals %+v", down, m.Totals)
		}
		// 64 pairs wait at most; each is told 51 times to slow down, or fails 5 times.
		if n := e.requests(); n > 60+72*map[string]int{"429": 51}[down]+72*5 {
			t.Errorf("%s: %d requests before giving up", down, n)
		}
		e.set(nil)
		p = &tally{}
		if _, err := generate(t, options(dir, e), plan, p); err != nil {
			t.Fatal(err)
		}
		whole(t, dir, plan, p)
		same(t, files(t, dir), want)
	}
}
