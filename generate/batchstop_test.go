package generate

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/shards/fault"
)

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
	_, err := generateUntil(ctx, t, o, plan, &tally{})
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
