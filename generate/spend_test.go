package generate

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/pcclip/pcclip/shards"
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
			o.Budget, o.Price = Budget{}, Price{}
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

// Where an endpoint tells no token counts, estimates keep the budget, in later
// calls too and however it is asked.
func TestBudgetWithoutTokenCounts(t *testing.T) {
	t.Parallel()
	plan := world{train: 200, block: 30}
	for _, batches := range []bool{false, true} {
		dir, p, heard := t.TempDir(), newProvider(t), &tally{}
		p.endpoint.mute = true
		o := inBatches(dir, p)
		o.Batches.On, o.Batches.Limits.Lines = batches, 10
		o.Price = Price{Prompt: 1, Completion: 1}
		for _, most := range []int64{4000, 14_000} {
			o.Budget.Tokens = most
			for range 2 {
				result, err := generate(t, o, plan, heard)
				if s := result.Spend; fault.ExitCode(err) != fault.Incomplete || s.Prompt+s.Completion > most || s.Prompt+s.Completion < most/3 || s.Estimated != s.Prompt+s.Completion || s.Cost <= 0 {
					t.Errorf("in batches: %v: %d at most: %+v, %v", batches, most, s, err)
				}
			}
		}
		if notes := strings.Join(heard.notes, "\n"); !batches && !strings.Contains(notes, "reports no token counts") {
			t.Errorf("notes:\n%s", notes)
		}
	}
}

// A manifest tells the cost of its answers: the same whether the run was stopped
// and its requests failed on the way or not. Prices that differ tell none.
func TestCostInManifest(t *testing.T) {
	t.Parallel()
	plan := world{train: 100, block: 30}
	price := Price{Prompt: 1e6, Completion: 2e6}
	smooth, err := generate(t, func() Options { o := options(t.TempDir(), newEndpoint(t)); o.Price = price; return o }(), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir, e := t.TempDir(), newEndpoint(t)
	e.set(func(question string, n int) string {
		return map[bool]string{true: "null"}[n == 0 && len(question)%3 == 0]
	})
	o := options(dir, e)
	o.Price, o.Budget.Requests = price, 50
	stopped, err := generate(t, o, plan, nil)
	if fault.ExitCode(err) != fault.Incomplete {
		t.Fatal(err)
	}
	o.Budget = Budget{}
	rough, err := generate(t, o, plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := smooth.Manifest
	want := shards.Cost{Prompt: 1e6, Completion: 2e6, Total: float64(m.Tokens.Prompt + 2*m.Tokens.Completion)}
	if *m.Cost != want || *rough.Manifest.Cost != want || stopped.Manifest.Cost.Total >= want.Total || rough.Spend.Requests <= smooth.Spend.Requests {
		t.Errorf("%+v, after a stop %+v, before %+v, want %+v; %d requests in all", m.Cost, rough.Manifest.Cost, stopped.Manifest.Cost, want, rough.Spend.Requests)
	}
	o.Others = []Endpoint{{URL: newEndpoint(t).URL, Price: Price{Prompt: 1}, Rates: o.Rates}}
	if two, err := generate(t, o, plan, nil); err != nil || two.Manifest.Cost != nil {
		t.Errorf("two prices: %+v, %v", two.Manifest.Cost, err)
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

// Each endpoint's tokens cost what that endpoint asks, in later calls too.
func TestPrices(t *testing.T) {
	t.Parallel()
	plan := world{train: 120, block: 30}
	dir, cheap, dear := t.TempDir(), newEndpoint(t), newEndpoint(t)
	cheap.delay, dear.delay = 2*time.Millisecond, 2*time.Millisecond
	o := options(dir, cheap)
	o.Price = Price{Prompt: 1e6, Completion: 2e6}
	o.Others = []Endpoint{{URL: dear.URL, Price: Price{Prompt: 1e9, Completion: 2e9}, Concurrency: 4, Rates: o.Rates}}
	result, err := generate(t, o, plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	tokens := func(e *endpoint) (all float64) {
		for q := range e.answered {
			text, _ := reply(q)
			all += float64(len(q)/4 + 2*(len(text)/4))
		}
		return all
	}
	want := tokens(cheap) + 1000*tokens(dear)
	if got := result.Spend.Cost; math.Abs(got-want) > 1e-6*want || len(dear.answered) == 0 || len(cheap.answered) == 0 {
		t.Errorf("cost %v, want %v", got, want)
	}
	if again, err := generate(t, o, plan, nil); err != nil || math.Abs(again.Spend.Cost-want) > 1e-6*want {
		t.Errorf("in the next call %v, want %v, %v", again.Spend.Cost, want, err)
	}
	o.Price, o.Budget.Cost = Price{}, 5
	if err := o.Validate(); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), cheap.URL) {
		t.Errorf("without a price: %v", err)
	}
}
