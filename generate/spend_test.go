package generate

import (
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
)

// A budget is never exceeded, holds over all calls, and a raised one goes on.
func TestBudget(t *testing.T) {
	t.Parallel()
	plan := world{train: 200, block: 30}
	want := clean(t, plan, nil)
	for name, c := range map[string]struct {
		bound func(o *Options, n int64)
		spent func(Spend) int64
		steps []int64
		words string
	}{
		"requests": {func(o *Options, n int64) { o.Budget.Requests = n }, func(s Spend) int64 { return s.Requests }, []int64{30, 90}, "--max-requests 90"},
		"tokens":   {func(o *Options, n int64) { o.Budget.Tokens = n }, func(s Spend) int64 { return s.Prompt + s.Completion }, []int64{4000, 14000}, "--max-tokens 14000"},
		"cost": {
			func(o *Options, n int64) { o.Price, o.Budget.Cost = Price{Prompt: 1e6, Completion: 2e6}, float64(n) },
			func(s Spend) int64 { return int64(s.Cost) },
			[]int64{6000, 15000},
			"--max-cost 15000",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, e := t.TempDir(), newEndpoint(t)
			o := options(dir, e)
			var err error
			for _, n := range c.steps {
				c.bound(&o, n)
				for range 2 { // the second call has nothing left to spend
					var result Result
					result, err = generate(t, o, plan, nil)
					if fault.ExitCode(err) != fault.Incomplete {
						t.Fatalf("got %v", err)
					}
					if got := c.spent(result.Spend); got > n || got < n/3 {
						t.Errorf("spent %d of %d", got, n)
					}
				}
			}
			if !strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), "goes on") {
				t.Errorf("got %v", err)
			}
			o.Budget = Budget{}
			result, err := generate(t, o, plan, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.requests(); int64(got) != result.Spend.Requests {
				t.Errorf("%d requests came, %d are in the books", got, result.Spend.Requests)
			}
			same(t, files(t, dir), want)
		})
	}
}

func TestRequestsWithoutAnswerAreSpentToo(t *testing.T) {
	t.Parallel()
	plan := world{train: 40, block: 30}
	dir, e := t.TempDir(), newEndpoint(t)
	e.set(func(_ string, n int) string { return map[bool]string{true: "500"}[n == 0] })
	o := options(dir, e)
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	result, err := generate(t, o, plan, nil)
	if err != nil || result.Requests != 0 || result.Spend.Requests != int64(e.requests()) {
		t.Errorf("%+v, %d requests came, %v", result.Spend, e.requests(), err)
	}
}

func TestStatusIsKept(t *testing.T) {
	t.Parallel()
	plan := world{train: 60, block: 30}
	dir, e := t.TempDir(), newEndpoint(t)
	if _, err := ReadStatus(dir); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "nothing has been generated") {
		t.Errorf("got %v", err)
	}
	p := &tally{}
	if _, err := generate(t, options(dir, e), plan, p); err != nil {
		t.Fatal(err)
	}
	s, err := ReadStatus(dir)
	if err != nil || s.Running || s.Planned != 60 || s.Accepted != p.accepted || s.Rejected != p.rejected || s.Spend.Requests != int64(e.requests()) {
		t.Errorf("%+v, %v", s, err)
	}
	var rejected int64
	for _, n := range s.Reasons {
		rejected += n
	}
	if rejected != s.Rejected || rejected == 0 || p.last.Accepted != s.Accepted {
		t.Errorf("%+v", s)
	}
}
