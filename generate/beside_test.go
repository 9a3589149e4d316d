package generate

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate/limit"
	"github.com/pcclip/pcclip/shards/fault"
)

// teamWithBatches gives a run that asks a provider in batches, and beside it an
// endpoint directly. Which of the two is named first makes no difference.
func teamWithBatches(dir string, p *provider, e *endpoint, batchesFirst bool) Options {
	o := options(dir, e)
	o.Batches.Limits = quickBatches()
	mailed := Endpoint{URL: p.front.URL, Batch: true, Concurrency: 8, Rates: limit.DefaultRates()}
	if o.Others = []Endpoint{mailed}; batchesFirst {
		o.Endpoint, o.Others[0].URL = p.front.URL, e.URL
		o.Batches.On, o.Others[0].Batch = true, false
	}
	return o
}

// once fails where a question was answered twice, by whichever endpoint.
func once(t *testing.T, all ...*endpoint) {
	t.Helper()
	sum := map[string]int{}
	for _, e := range all {
		for q, n := range e.answered {
			if sum[q] += n; sum[q] > 1 {
				t.Errorf("answered %d times: %q", sum[q], q)
			}
		}
	}
}

func TestBatchesBesideOthers(t *testing.T) {
	t.Parallel()
	want := clean(t, batchPlan, nil)
	half := func(b *sentBatch) { b.status, b.answered = "expired", len(b.lines)/2 }
	quota := func(what string, after int) func(string, int) (int, string) {
		return func(op string, n int) (int, string) {
			return map[bool]int{true: 429}[op == what && n >= after], `{"error":{"code":"insufficient_quota","message":"pay first"}}`
		}
	}
	for name, tt := range map[string]struct {
		change func(p *provider, e *endpoint, o *Options)
		note   string
		check  func(t *testing.T, p *provider, e *endpoint)
	}{
		"shared": {nil, "", func(t *testing.T, p *provider, e *endpoint) {
			if a, b := len(p.batches[0].lines)+len(p.batches[1].lines)+len(p.batches[2].lines), e.requests(); a != 240 || b < 20 {
				t.Errorf("%d requests in the first batches, %d directly", a, b)
			}
		}},
		"the batches last longer": {func(p *provider, e *endpoint, o *Options) { p.looks = 100 }, "", nil},
		"the batches are back first": {func(p *provider, e *endpoint, o *Options) { e.delay, o.Others[0].Weight = 20*time.Millisecond, 3 }, "", func(t *testing.T, p *provider, e *endpoint) {
			if n := p.count("create"); n < 3 {
				t.Errorf("%d batches", n)
			}
		}},
		"one batch at a time":     {func(p *provider, e *endpoint, o *Options) { e.delay, o.Batches.Limits.Open = 20*time.Millisecond, 1 }, "", nil},
		"half of a batch expires": {func(p *provider, e *endpoint, o *Options) { p.end = half }, "expired, 50 of 100", nil},
		"files are cut by bytes":  {func(p *provider, e *endpoint, o *Options) { o.Batches.Limits.Bytes = 20_000 }, "", nil},
		"lines fail": {func(p *provider, e *endpoint, o *Options) {
			p.endpoint.set(func(q string, n int) string { return []string{"500", "429", "", ""}[hashOf(q)%4] })
		}, "", nil},
		"no quota for batches": {func(p *provider, e *endpoint, o *Options) { p.refuse = quota("upload", 1) }, "going on without further batches", nil},
		"a batch is refused":   {func(p *provider, e *endpoint, o *Options) { p.end = func(b *sentBatch) { b.status = "failed" } }, "going on without further batches", nil},
		"smaller files": {func(p *provider, e *endpoint, o *Options) {
			p.refuse = func(op string, n int) (int, string) {
				return map[bool]int{true: 413}[op == "upload" && n < 2], "too large"
			}
		}, "trying smaller ones", nil},
		"the rules are distinct": {func(p *provider, e *endpoint, o *Options) { o.Rules = "strict" }, "", nil},
		"a goal of rows":         {func(p *provider, e *endpoint, o *Options) { o.Rows, e.delay = 300, 3*time.Millisecond }, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := want
			for _, first := range []bool{false, true} {
				dir, p, e, heard := t.TempDir(), newProvider(t), newEndpoint(t), &tally{}
				o := teamWithBatches(dir, p, e, first)
				if tt.change != nil {
					tt.change(p, e, &o)
				}
				if o.Rules != "paper" || o.Rows > 0 {
					want = clean(t, batchPlan, func(c *Options) { c.Rules, c.Rows = o.Rules, o.Rows })
				}
				result, err := generate(t, o, batchPlan, heard)
				if err != nil {
					t.Fatalf("%v\n%s", err, strings.Join(heard.notes, "\n"))
				}
				if o.Rows == 0 {
					whole(t, dir, batchPlan, heard)
				}
				same(t, files(t, dir), want)
				once(t, p.endpoint, e)
				if notes := strings.Join(heard.notes, "\n"); !strings.Contains(notes, tt.note) {
					t.Errorf("notes:\n%s", notes)
				}
				asked := int64(p.requests() + e.requests())
				if o.Rows == 0 && asked == 421 && (result.Reused != 480-asked || tt.note == "" && (result.Requests != asked || result.Spend.Requests != asked)) {
					t.Errorf("%d and %d questions; %+v", p.requests(), e.requests(), result)
				}
				if tt.check != nil && !first {
					tt.check(t, p, e)
				}
				if again, err := generate(t, o, batchPlan, &tally{}); err != nil || again.Requests != 0 {
					t.Errorf("the same again: %+v, %v", again, err)
				}
			}
		})
	}
}

// What ends a run in which batches and direct requests are under way loses none
// of them: the same command goes on, and so does one without batches.
func TestBatchesBesideOthersStop(t *testing.T) {
	t.Parallel()
	want := clean(t, batchPlan, nil)
	for name, tt := range map[string]struct {
		change func(p *provider, e *endpoint, o *Options, stop func())
		code   int
		text   string
	}{
		"nobody gets in directly": {func(p *provider, e *endpoint, o *Options, _ func()) { e.set(always("401")) }, fault.Incomplete, "lets nobody in"},
		"the wait is over":        {func(p *provider, e *endpoint, o *Options, _ func()) { o.Batches.Wait = 50 * time.Millisecond }, fault.Incomplete, "in 3 open batches"},
		"an interrupt": {func(p *provider, e *endpoint, o *Options, stop func()) {
			e.set(func(string, int) string { stop(); return "" })
		}, fault.Interrupted, "in 3 open batches"},
		"an interrupt while only batches are out": {func(p *provider, e *endpoint, o *Options, stop func()) {
			time.AfterFunc(time.Second, stop)
		}, fault.Interrupted, "open batches"},
		"batches cannot be looked at": {func(p *provider, e *endpoint, o *Options, _ func()) {
			p.refuse = func(op string, n int) (int, string) {
				return map[bool]int{true: 404}[op == "look"], `{"error":{"message":"no such batch"}}`
			}
		}, fault.Incomplete, "--forget-batches"},
		"the budget": {func(p *provider, e *endpoint, o *Options, _ func()) { o.Budget.Requests, p.looks = 300, 1 }, fault.Incomplete, "the budget is used up"},
		"no Batch API": {func(p *provider, e *endpoint, o *Options, _ func()) {
			p.refuse = func(op string, n int) (int, string) {
				return map[bool]int{true: 404}[op == "list"], `404 page not found`
			}
		}, fault.Usage, "no Batch API"},
	} {
		for _, second := range []string{"batches too", "directly"} {
			t.Run(name+", then "+second, func(t *testing.T) {
				t.Parallel()
				dir, p, e := t.TempDir(), newProvider(t), newEndpoint(t)
				p.looks = 1 << 30
				o := teamWithBatches(dir, p, e, true)
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				before := o
				tt.change(p, e, &o, stop)
				if _, err := generateUntil(ctx, t, o, batchPlan, &tally{}); fault.ExitCode(err) != tt.code || !strings.Contains(fmt.Sprint(err), tt.text) {
					t.Fatalf("got %v", err)
				}
				p.mend()
				e.set(nil)
				if o = before; second == "directly" {
					o.Batches.On = false
				}
				if _, err := generate(t, o, batchPlan, &tally{}); err != nil {
					t.Fatal(err)
				}
				whole(t, dir, batchPlan, nil)
				same(t, files(t, dir), want)
				if tt.code != fault.Interrupted { // it leaves what is in flight a moment only
					once(t, p.endpoint, e)
				}
			})
		}
	}
}

// stopping interrupts a run at the nth note that contains a text.
type stopping struct {
	*tally
	at   string
	nth  int
	stop func()
}

func (s *stopping) Note(line string) {
	if strings.Contains(line, s.at) {
		if s.nth--; s.nth == 0 {
			s.stop()
		}
	}
}

// An interrupt that comes when all that batches brought has just been taken in is
// still one.
func TestInterruptAfterBatchesAreTakenIn(t *testing.T) {
	t.Parallel()
	dir, p, e := t.TempDir(), newProvider(t), newEndpoint(t)
	ended := 0
	p.end = func(b *sentBatch) {
		if ended++; ended <= 3 {
			b.status, b.faults = "failed", `{"data":[{"code":"token_limit_exceeded","message":"Enqueued token limit reached"}]}`
		}
	}
	e.delay = 20 * time.Millisecond
	o := teamWithBatches(dir, p, e, true)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	heard := &stopping{&tally{}, "sent again", 3, stop}
	if _, err := generateUntil(ctx, t, o, batchPlan, heard); heard.nth != 0 || fault.ExitCode(err) != fault.Interrupted {
		t.Fatalf("%d more, %v", heard.nth, err)
	}
	if _, err := generate(t, o, batchPlan, &tally{}); err != nil {
		t.Fatal(err)
	}
	same(t, files(t, dir), clean(t, batchPlan, nil))
	once(t, p.endpoint, e)
}
