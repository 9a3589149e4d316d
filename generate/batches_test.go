package generate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

var batchPlan = world{train: 420, validation: 60, block: 50}

// Batches bring the files of an online run, in however many pieces, and ask for
// equal requests once.
func TestBatchesGiveTheSameFiles(t *testing.T) {
	t.Parallel()
	want := clean(t, batchPlan, nil)
	for name, change := range map[string]func(*Options){
		"by lines": func(o *Options) {},
		"by bytes": func(o *Options) { o.Batches.Limits.Bytes = 20_000 },
		"at once":  func(o *Options) { o.Batches.Limits.Lines = 50_000 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, p, heard := t.TempDir(), newProvider(t), &tally{}
			o := inBatches(dir, p)
			change(&o)
			result, err := generate(t, o, batchPlan, heard)
			if err != nil {
				t.Fatal(err)
			}
			whole(t, dir, batchPlan, heard)
			same(t, files(t, dir), want)
			for q, n := range p.asked {
				if n != 1 {
					t.Errorf("asked %d times: %q", n, q)
				}
			}
			for _, b := range p.batches {
				if size := len(p.files[b.input]); len(b.lines) > o.Batches.Limits.Lines || int64(size) > o.Batches.Limits.Bytes {
					t.Errorf("a batch of %d lines, %d bytes", len(b.lines), size)
				}
			}
			if int(result.Requests) != len(p.asked) || p.count("chat") != 1 || result.Spend.Requests != result.Requests || result.Reused != 480-result.Requests {
				t.Errorf("%d questions, %d online; %+v", len(p.asked), p.count("chat"), result)
			}
			if name == "by bytes" && len(p.batches) < 6 {
				t.Errorf("%d batches", len(p.batches))
			}
			again, err := generate(t, o, batchPlan, &tally{})
			if err != nil || again.Requests != 0 {
				t.Errorf("the same again: %+v, %v", again, err)
			}
			if _, err := os.Stat(filepath.Join(dir, batchFile)); err == nil {
				t.Error("the file of requests is left")
			}
		})
	}
}

// A run goes from one way of asking to the other and back, whatever state its
// batches are in, and nothing is answered twice.
func TestChangeBetweenBatchAndOnline(t *testing.T) {
	t.Parallel()
	want := clean(t, batchPlan, nil)
	for name, tt := range map[string]struct {
		first, second bool // in batches
		p             func(*provider)
		ends          int // of the first call
	}{
		"online, then batch": {false, true, func(p *provider) {
			asked := 0
			p.endpoint.set(func(string, int) string { asked++; return map[bool]string{true: "quota"}[asked == 200] })
		}, fault.Incomplete},
		"batch expired, then online": {true, false, func(p *provider) {
			p.end = func(b *sentBatch) { b.status, b.answered = "expired", len(b.lines)/2 }
			p.refuse = func(op string, n int) (int, string) {
				if op == "upload" && n == 5 {
					return 429, `{"error":{"code":"insufficient_quota","message":"pay first"}}`
				}
				return 0, ""
			}
		}, fault.Incomplete},
		"batch interrupted, then online": {true, false, func(p *provider) { p.looks = 1 << 30 }, fault.Incomplete},
		"batch interrupted, then batch":  {true, true, func(p *provider) { p.looks = 1 << 30 }, fault.Incomplete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, p := t.TempDir(), newProvider(t)
			tt.p(p)
			o := inBatches(dir, p)
			o.Concurrency = 1
			o.Batches.On = tt.first
			if p.looks > 1 {
				o.Batches.Wait = 300 * time.Millisecond
			}
			if _, err := generate(t, o, batchPlan, &tally{}); fault.ExitCode(err) != tt.ends {
				t.Fatalf("got %v", err)
			} else {
				t.Log(err)
			}
			p.endpoint.set(nil)
			p.looks, p.refuse, p.end = 1, nil, nil
			o.Batches.On, o.Batches.Wait = tt.second, 0
			if _, err := generate(t, o, batchPlan, &tally{}); err != nil {
				t.Fatal(err)
			}
			whole(t, dir, batchPlan, nil)
			same(t, files(t, dir), want)
			for q, n := range p.answered {
				if n != 1 {
					t.Errorf("answered %d times: %q", n, q)
				}
			}
		})
	}
}

// Odd endings and odd files cost no row and no second payment where the answer
// is there.
func TestOddBatches(t *testing.T) {
	t.Parallel()
	want := clean(t, batchPlan, nil)
	for name, tt := range map[string]struct {
		p    func(t *testing.T, p *provider)
		note string
	}{
		"half of every first batch expires": {func(t *testing.T, p *provider) {
			p.end = func(b *sentBatch) {
				if b.status = "expired"; b.id > "batch_4" {
					b.status = "completed"
					return
				}
				b.answered = len(b.lines) / 2
			}
		}, "expired, 50 of 100 requests settled"},
		"cancelled from outside": {func(t *testing.T, p *provider) {
			p.end = func(b *sentBatch) {
				if b.id == "batch_0" {
					b.status, b.answered = "cancelled", 7
				}
			}
		}, "cancelled, 7 of 100 requests settled"},
		"lines fail for a while": {func(t *testing.T, p *provider) {
			p.endpoint.set(func(q string, n int) string {
				return []string{"500", "429", "blank", "", "no choices", "error body", "", "503"}[(int(hashOf(q)%8)+n*3)%8]
			})
		}, ""},
		"double and foreign lines": {func(t *testing.T, p *provider) {
			p.file = func(b *sentBatch, output bool, text string) string {
				if !output {
					return text
				}
				foreign := strings.ReplaceAll(text[:strings.IndexByte(text, '\n')+1], `"custom_id":"`, `"custom_id":"ab`)
				return foreign + text + text + `{"custom_id":"request-1","response":{"status_code":200,"body":{}}}` + "\n"
			}
		}, "2 lines for requests that it does not hold"},
		"a torn end": {func(t *testing.T, p *provider) {
			p.file = func(b *sentBatch, output bool, text string) string {
				if b.id == "batch_1" && output {
					return text[:len(text)-100]
				}
				return text
			}
		}, "1 lines could not be read"},
		"lines missing": {func(t *testing.T, p *provider) {
			p.file = func(b *sentBatch, output bool, text string) string {
				if b.id != "batch_0" {
					return text
				}
				return eachLine(text, func(i int, line string) string { return map[bool]string{true: line + "\n"}[i%4 > 0] })
			}
		}, "25 requests have no line"},
		"no files at all": {func(t *testing.T, p *provider) {
			p.file = func(b *sentBatch, output bool, text string) string {
				return map[bool]string{true: text}[b.id != "batch_0"]
			}
		}, "100 requests have no line"},
		"trouble at every step": {func(t *testing.T, p *provider) {
			p.refuse = func(op string, n int) (int, string) {
				if op == "chat" || op == "list" && n == 0 || n%2 == 1 {
					return 0, ""
				}
				return map[string]int{"upload": 503, "create": 404, "look": 500, "download": 404, "list": 502}[op], `{"error":{"message":"not just now"}}`
			}
		}, ""},
		"told to slow down": {func(t *testing.T, p *provider) {
			p.refuse = func(op string, n int) (int, string) {
				return map[bool]int{true: 429}[(op == "create" || op == "upload") && n%9 != 8], `{"error":{"message":"slow down"}}`
			}
		}, ""},
		"a page instead of a file": {func(t *testing.T, p *provider) {
			p.refuse = func(op string, n int) (int, string) {
				return map[bool]int{true: 200}[op == "download" && n < 3], `<html><title>Sign in</title></html>`
			}
		}, ""},
		"smaller files": {func(t *testing.T, p *provider) {
			p.refuse = func(op string, n int) (int, string) {
				return map[bool]int{true: 413}[op == "upload" && n < 2], `too large`
			}
		}, "trying smaller ones"},
		"too many tokens wait": {func(t *testing.T, p *provider) {
			p.end = func(b *sentBatch) {
				if len(b.lines) > 30 {
					b.status, b.faults = "failed", `{"object":"list","data":[{"code":"token_limit_exceeded","message":"Enqueued token limit reached"}]}`
				}
			}
		}, "refused"},
		"lost confirmations": {func(t *testing.T, p *provider) {
			p.done = func(op string, n int) bool { return op != "create" || n%2 == 1 }
		}, ""},
		"lost confirmations, and a list that is late": {func(t *testing.T, p *provider) {
			p.done = func(op string, n int) bool { return op != "create" }
			first := map[string]int{}
			p.hide = func(b *sentBatch, lists int) bool {
				if _, seen := first[b.id]; !seen {
					first[b.id] = lists
				}
				return lists < first[b.id]+2
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, p, heard := t.TempDir(), newProvider(t), &tally{}
			tt.p(t, p)
			o := inBatches(dir, p)
			o.MaxAttempts = 8
			if _, err := generate(t, o, batchPlan, heard); err != nil {
				t.Fatalf("%v\n%s", err, strings.Join(heard.notes, "\n"))
			}
			whole(t, dir, batchPlan, heard)
			same(t, files(t, dir), want)
			if notes := strings.Join(heard.notes, "\n"); !strings.Contains(notes, tt.note) {
				t.Errorf("notes:\n%s", notes)
			}
			if strings.HasPrefix(name, "lost") {
				for line, n := range p.lines() {
					if n > 1 {
						t.Fatalf("sent %d times: %s", n, line)
					}
				}
			}
		})
	}
}

// What stops a run with batches says what to do, keeps everything, and the same
// command goes on.
func TestBatchesStop(t *testing.T) {
	t.Parallel()
	plan := world{train: 100, validation: 20, block: 50}
	want := clean(t, plan, nil)
	on := func(what string, status int, body string) func(*provider) {
		return func(p *provider) {
			p.refuse = func(op string, n int) (int, string) { return map[bool]int{true: status}[op == what], body }
		}
	}
	failed := func(faults string) func(*provider) {
		return func(p *provider) { p.end = func(b *sentBatch) { b.status, b.faults = "failed", faults } }
	}
	for name, tt := range map[string]struct {
		p    func(*provider)
		code int
		text string
	}{
		"no Batch API":     {on("list", 404, `404 page not found`), fault.Usage, "no Batch API"},
		"a web page":       {on("list", 200, `<html><title>Hello</title></html>`), fault.Usage, "no Batch API"},
		"nobody gets in":   {on("upload", 401, `{"error":{"message":"who are you"}}`), fault.Incomplete, "lets nobody in"},
		"quota at upload":  {on("upload", 429, `{"error":{"code":"insufficient_quota"}}`), fault.Incomplete, "quota is used up"},
		"quota at create":  {on("create", 402, `{"error":{"message":"no money"}}`), fault.Incomplete, "quota is used up"},
		"refused create":   {on("create", 400, `{"error":{"message":"no such window"}}`), fault.Incomplete, "no such window"},
		"another key":      {on("look", 404, `{"error":{"message":"no such batch"}}`), fault.Incomplete, "--forget-batches"},
		"a page for files": {on("download", 200, `<html><title>Sign in</title></html>`), fault.Incomplete, "Sign in"},
		"quota in lines": {func(p *provider) {
			p.endpoint.set(func(q string, n int) string { return map[bool]string{true: "quota"}[p.count("create") > 0] })
		}, fault.Incomplete, "quota is used up"},
		"every line is refused": {func(p *provider) {
			p.endpoint.set(always("400"))
		}, fault.Incomplete, "every request of a batch fails: bad request"},
		"invalid":         {failed(`{"data":[{"code":"invalid_json_line","message":"not valid JSON","line":3}]}`), fault.Incomplete, "line 3: not valid JSON"},
		"no such model":   {failed(`{"data":[{"code":"model_not_found","message":"no such model"}]}`), fault.Incomplete, "no such model"},
		"without reason":  {failed(``), fault.Incomplete, "no reason"},
		"always expiring": {func(p *provider) { p.end = func(b *sentBatch) { b.status, b.answered = "expired", 0 } }, fault.Incomplete, "brought no answer"},
		"odd names":       {on("look", 200, `{"id":"../files","status":"completed"}`), fault.Incomplete, "names a file or batch"},
		"another batch":   {on("look", 200, `{"id":"batch_7","status":"completed"}`), fault.Incomplete, "answers for batch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, p, heard := t.TempDir(), newProvider(t), &tally{}
			tt.p(p)
			o := inBatches(dir, p)
			_, err := generate(t, o, plan, heard)
			if fault.ExitCode(err) != tt.code || !strings.Contains(fmt.Sprint(err), tt.text) || strings.Contains(fmt.Sprint(err), "\n") {
				t.Fatalf("got %v", err)
			}
			if tt.code == fault.Incomplete {
				whole(t, dir, plan, heard)
			}
			p.refuse, p.end = nil, nil
			p.endpoint.set(nil)
			if _, err := generate(t, o, plan, &tally{}); err != nil {
				t.Fatal(err)
			}
			same(t, files(t, dir), want)
			for q, n := range p.answered {
				if n != 1 {
					t.Errorf("answered %d times: %q", n, q)
				}
			}
		})
	}
}

func TestBatchesAreLeftRunning(t *testing.T) {
	t.Parallel()
	plan := world{train: 100, validation: 20, block: 50}
	dir, p := t.TempDir(), newProvider(t)
	p.looks = 1 << 30
	o := inBatches(dir, p)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		for ctx.Err() == nil && p.count("create") < 2 {
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		stop()
	}()
	remotes, disconnect, err := connect(o)
	if err != nil {
		t.Fatal(err)
	}
	defer disconnect()
	_, err = runAt(ctx, o, plan, &tally{}, remotes, quick)
	if fault.ExitCode(err) != fault.Interrupted || !strings.Contains(err.Error(), "requests are in 2 open batches, which go on at the provider; the same command goes on") {
		t.Errorf("got %v", err)
	}
	if p.count("cancel") != 0 || p.count("create") != 2 {
		t.Errorf("%v", p.log)
	}
	t.Run("another endpoint is refused", func(t *testing.T) {
		other := o
		other.Endpoint = newProvider(t).front.URL
		if _, err := generate(t, other, plan, nil); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), p.front.URL) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("unless they are given up", func(t *testing.T) {
		other := newProvider(t)
		o := o
		o.Endpoint, o.Batches.Forget = other.front.URL, true
		if _, err := generate(t, o, plan, nil); err != nil {
			t.Fatal(err)
		}
		same(t, files(t, dir), clean(t, plan, nil))
		if other.count("create") != 2 {
			t.Errorf("%v", other.log)
		}
	})
}

// A call that ends between the files of a batch has stored what it has read, and
// the next one stores nothing twice.
func TestBatchTakenInTwice(t *testing.T) {
	t.Parallel()
	plan := world{train: 100, validation: 20, block: 50}
	dir, p := t.TempDir(), newProvider(t)
	p.end = func(b *sentBatch) { b.status, b.answered = "expired", len(b.lines)-3 }
	p.refuse = func(op string, n int) (int, string) { return map[bool]int{true: 401}[op == "download" && n > 0], "" }
	o := inBatches(dir, p)
	stored := func() int64 {
		s, err := answers.Open(filepath.Join(dir, "answers.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Rows()
	}
	if _, err := generate(t, o, plan, nil); fault.ExitCode(err) != fault.Incomplete || stored() < 98 {
		t.Fatalf("%d answers, %v", stored(), err)
	}
	p.end, p.refuse = nil, nil
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	same(t, files(t, dir), clean(t, plan, nil))
	if n := int(stored()); n != len(p.answered) {
		t.Errorf("%d answers are stored, %d were given", n, len(p.answered))
	}
}

// A call that waits for no time takes in what has ended all the same: so a run
// can be worked at now and then.
func TestBatchesWithoutWaiting(t *testing.T) {
	t.Parallel()
	dir, p := t.TempDir(), newProvider(t)
	p.looks = 2
	o := inBatches(dir, p)
	o.Batches.Wait = time.Nanosecond
	calls := 0
	for err := error(nil); calls == 0 || err != nil; calls++ {
		if _, err = generate(t, o, batchPlan, &tally{}); err != nil && (fault.ExitCode(err) != fault.Incomplete || !strings.Contains(err.Error(), "--batch-wait 1ns is over")) {
			t.Fatal(err)
		}
	}
	same(t, files(t, dir), clean(t, batchPlan, nil))
	if calls < 3 {
		t.Errorf("%d calls", calls)
	}
	for line, n := range p.lines() {
		if n > 1 {
			t.Fatalf("sent %d times: %s", n, line)
		}
	}
}

// Goals, budgets, second questions and failed pairs are what they are online.
func TestBatchesWithGoals(t *testing.T) {
	t.Parallel()
	t.Run("rows", func(t *testing.T) {
		dir, p := t.TempDir(), newProvider(t)
		o := inBatches(dir, p)
		o.Rows = 240
		if _, err := generate(t, o, batchPlan, &tally{}); err != nil {
			t.Fatal(err)
		}
		same(t, files(t, dir), clean(t, batchPlan, func(o *Options) { o.Rows = 240 }))
	})
	t.Run("structured", func(t *testing.T) {
		dir, p := t.TempDir(), newProvider(t)
		p.write = inJSON
		o := inBatches(dir, p)
		o.Prompt = "structured"
		if _, err := generate(t, o, batchPlan, &tally{}); err != nil {
			t.Fatal(err)
		}
		other, e := t.TempDir(), newEndpoint(t)
		e.write = inJSON
		online := options(other, e)
		online.Prompt = "structured"
		if _, err := generate(t, online, batchPlan, &tally{}); err != nil {
			t.Fatal(err)
		}
		same(t, files(t, dir), files(t, other))
	})
	t.Run("budget", func(t *testing.T) {
		dir, p := t.TempDir(), newProvider(t)
		o := inBatches(dir, p)
		o.Budget.Requests = 250
		result, err := generate(t, o, batchPlan, &tally{})
		if fault.ExitCode(err) != fault.Incomplete || !strings.Contains(err.Error(), "all of --max-requests 250 are sent") || result.Requests != 250 || p.requests() != 250 {
			t.Fatalf("%d requests, %d heard: %v", result.Requests, p.requests(), err)
		}
		if m := whole(t, dir, batchPlan, nil); m.Totals.Accepted == 0 || m.Totals.Pending == 0 {
			t.Errorf("%+v", m.Totals)
		}
		o.Budget.Requests = 0
		if _, err := generate(t, o, batchPlan, &tally{}); err != nil {
			t.Fatal(err)
		}
		same(t, files(t, dir), clean(t, batchPlan, nil))
	})
	t.Run("failed pairs", func(t *testing.T) {
		dir, p, heard := t.TempDir(), newProvider(t), &tally{}
		p.endpoint.set(func(q string, n int) string {
			return []string{"context", "500", "", "", "", "", "", "", "", ""}[hashOf(q)/20%10]
		})
		o := inBatches(dir, p)
		o.MaxAttempts = 2
		_, err := generate(t, o, batchPlan, heard)
		m := whole(t, dir, batchPlan, heard)
		if fault.ExitCode(err) != fault.Incomplete || m.Totals.Failed == 0 || m.Totals.Pending != 0 || m.FailReasons["context_too_long"] == 0 || m.FailReasons["overloaded"] == 0 {
			t.Fatalf("%v, %+v, %v", err, m.Totals, m.FailReasons)
		}
		for q, n := range p.asked {
			if n > 2 {
				t.Errorf("asked %d times: %q", n, q)
			}
		}
		p.endpoint.set(nil)
		if result, err := generate(t, o, batchPlan, &tally{}); fault.ExitCode(err) != fault.Incomplete || result.Requests != 0 {
			t.Errorf("without --retry-failed: %+v, %v", result, err)
		}
		o.RetryFailed = true
		if _, err := generate(t, o, batchPlan, &tally{}); err != nil {
			t.Fatal(err)
		}
		same(t, files(t, dir), clean(t, batchPlan, nil))
	})
}

// Images go into the lines; a pair whose image cannot be read fails by itself.
func TestBatchesShowImages(t *testing.T) {
	t.Parallel()
	plan := gallery{world{train: 60, validation: 6, block: 20}}
	s := seer(t, "")
	want := t.TempDir()
	if _, err := generate(t, vision(want, s.URL, &album{}), plan, nil); err != nil {
		t.Fatal(err)
	}
	dir, p, a := t.TempDir(), newProvider(t), &album{broken: "b7.png"}
	p.chat = s.Config.Handler.ServeHTTP
	o := vision(dir, p.front.URL, a)
	o.Batches.On, o.Batches.Limits = true, quickBatches()
	result, err := generate(t, o, plan, nil)
	if fault.ExitCode(err) != fault.Incomplete || result.Manifest.FailReasons["image_unreadable"] == 0 || result.Manifest.Totals.Pending != 0 {
		t.Fatalf("%v, %+v", err, result.Manifest)
	}
	a.broken, o.RetryFailed = "", true
	if _, err = generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	same(t, files(t, dir), files(t, want))
}

// A judge may be asked in batches, and rules that compare rows see them in plan
// order.
func TestBatchesAreJudged(t *testing.T) {
	t.Parallel()
	plan := world{train: 150, validation: 40, block: 64}
	strict := func(o *Options) { o.Rules = "strict" }
	dir, p := t.TempDir(), newProvider(t)
	o := inBatches(dir, p)
	strict(&o)
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	same(t, files(t, dir), clean(t, plan, strict))
	judge := func(name string, o func(dir string) Options) map[string]string {
		accepted, _, err := ReadAccepted(dir)
		if err != nil {
			t.Fatal(err)
		}
		jo := o(JudgeDir(dir, name))
		jo.Prompt = "judge"
		if err := os.MkdirAll(jo.RunDir, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := generate(t, jo, accepted, nil); err != nil {
			t.Fatal(err)
		}
		return files(t, jo.RunDir)
	}
	box, e := newProvider(t), newEndpoint(t)
	box.write, e.write = verdictOf, verdictOf
	same(t, judge("batch", func(dir string) Options { return inBatches(dir, box) }), judge("online", func(dir string) Options { return options(dir, e) }))
}

func TestBatchesKeepTheKey(t *testing.T) {
	const key = "sk-very-secret-key-1"
	t.Setenv("PCCLIP_TEST_BATCH_KEY", key)
	dir, p, heard := t.TempDir(), newProvider(t), &tally{}
	p.file = func(b *sentBatch, output bool, text string) string {
		return strings.ReplaceAll(text, `"request_id":"x"`, `"request_id":"`+key+`"`)
	}
	p.write = func(q string) (string, string) { text, finish := reply(q); return text + " " + key, finish }
	p.end = func(b *sentBatch) {
		if b.id == "batch_1" {
			b.status, b.faults = "failed", `{"data":[{"code":"x","message":"your key `+key+`"}]}`
		}
	}
	o := inBatches(dir, p)
	o.APIKeyEnv = "PCCLIP_TEST_BATCH_KEY"
	_, err := generate(t, o, world{train: 200, validation: 20, block: 50}, heard)
	if err == nil || strings.Contains(err.Error(), key) || strings.Contains(strings.Join(heard.notes, " "), key) {
		t.Errorf("got %v, notes %v", err, heard.notes)
	}
	if p.key != "Bearer "+key {
		t.Errorf("sent with %q", p.key)
	}
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if b, _ := os.ReadFile(path); strings.Contains(string(b), key) {
				t.Errorf("%s holds the key", path)
			}
		}
		return err
	})
}

func TestBatchOptions(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"lines": func(o *Options) { o.Batches.Limits.Lines = 0 },
		"bytes": func(o *Options) { o.Batches.Limits.Bytes = 10 },
		"open":  func(o *Options) { o.Batches.Limits.Open = 0 },
		"polls": func(o *Options) { o.Batches.Limits.MaxPoll = 0 },
		"wait":  func(o *Options) { o.Batches.Wait = -1 },
		"two":   func(o *Options) { o.Batches.On, o.Others = true, []Endpoint{{URL: "http://h", Batch: true}} },
		"twice": func(o *Options) {
			o.Others = []Endpoint{{URL: "http://h", Batch: true}, {URL: "http://i", Batch: true}}
		},
	} {
		o := DefaultOptions()
		o.RunDir, o.Model, o.Endpoint = "r", "m", "http://h"
		if err := o.Validate(); err != nil {
			t.Fatal(err)
		}
		if change(&o); fault.ExitCode(o.Validate()) != fault.Usage {
			t.Errorf("%s: %v", name, o.Validate())
		}
	}
	var _ mailer = (*llm.Client)(nil)
}
