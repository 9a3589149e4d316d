package generate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
