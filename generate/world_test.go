package generate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("PCCLIP_TEST_RUN"); dir != "" {
		childRun(dir, os.Getenv("PCCLIP_TEST_ENDPOINT"), os.Getenv("PCCLIP_TEST_PLAN"))
	}
	if dir := os.Getenv("PCCLIP_TEST_BATCHES"); dir != "" {
		childBatches(dir, os.Getenv("PCCLIP_TEST_ENDPOINT"), os.Getenv("PCCLIP_TEST_ALSO"))
	}
	if os.Getenv("PCCLIP_TEST_STUB") != "" {
		childStub()
	}
	goleak.VerifyTestMain(m)
}

// world is a plan of made-up pairs. Every seventh pair repeats the captions of
// an earlier one.
type world struct{ train, validation, block int64 }

func (w world) Splits() []string { return []string{"train", "validation"} }

func (w world) Len(split string) int64 {
	if split == "train" {
		return w.train
	}
	return w.validation
}

func (w world) BlockSize() int64 { return w.block }

func (w world) Pair(split string, k int64) (shards.Pair, error) {
	caption := k
	if k%7 == 6 {
		caption = k / 7
	}
	p := shards.Pair{
		Index: k, Split: split, Source: "made-up",
		ImageIDA: fmt.Sprintf("%s-a%d", split, k), ImageIDB: fmt.Sprintf("%s-b%d", split, k), FileNameA: "a.png", FileNameB: "b.png",
		CaptionIDA: fmt.Sprint(2 * k), CaptionIDB: fmt.Sprint(2*k + 1),
		CaptionA: fmt.Sprintf("dog %d of the %s split", caption, split), CaptionB: fmt.Sprintf("two cats, number %d", caption),
	}
	p.PairID = shards.PairID(p.Source, p.ImageIDA, p.ImageIDB, p.CaptionIDA, p.CaptionIDB)
	return p, nil
}

// tally is a Progress that adds up.
type tally struct {
	mu                                sync.Mutex
	total, accepted, rejected, failed int64
	notes                             []string
	last                              Status
}

func (t *tally) Start(n int64) { t.total = n }

func (t *tally) Settled(accepted, rejected, failed int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.accepted, t.rejected, t.failed = t.accepted+accepted, t.rejected+rejected, t.failed+failed
}

func (t *tally) Status(s Status) { t.last = s }

func (t *tally) Note(line string) { t.notes = append(t.notes, line) }

// endpoint is a server whose answer to a question follows from the question,
// and whose faults follow from it and from how often it was asked.
type endpoint struct {
	*httptest.Server
	delay time.Duration
	mute  bool          // no token counts
	hang  chan struct{} // closed at the end: lets hanging requests go

	write func(question string) (text, finish string)

	mu       sync.Mutex
	fault    func(question string, n int) string // name of the fault of request n, from 0; "" for none
	asked    map[string]int
	answered map[string]int // whole answers sent
	auth     string         // last Authorization header
}

func newEndpoint(t testing.TB) *endpoint {
	e := &endpoint{write: reply, asked: map[string]int{}, answered: map[string]int{}, hang: make(chan struct{})}
	e.Server = httptest.NewServer(http.HandlerFunc(e.serve))
	t.Cleanup(func() { close(e.hang); e.Close() })
	return e
}

func hashOf(s string) uint32 {
	h := fnv.New32a()
	io.WriteString(h, s)
	return h.Sum32()
}

func (e *endpoint) serve(w http.ResponseWriter, r *http.Request) {
	var q struct{ Messages []llm.Message }
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || len(q.Messages) == 0 {
		w.WriteHeader(400)
		return
	}
	question := q.Messages[len(q.Messages)-1].Content
	e.mu.Lock()
	n := e.asked[question]
	e.asked[question]++
	auth := r.Header.Get("Authorization")
	e.auth = auth
	fault := ""
	if e.fault != nil {
		fault = e.fault(question, n)
	}
	e.mu.Unlock()
	time.Sleep(e.delay)
	if fault != "" {
		e.fail(w, fault, auth)
		return
	}
	text, finish := e.write(question)
	doc := map[string]any{
		"id": fmt.Sprint(time.Now().UnixNano()), "created": time.Now().Unix(), "model": "served-1", "system_fingerprint": "fp",
		"choices": []any{map[string]any{"message": map[string]any{"role": "assistant", "content": text}, "finish_reason": finish}},
		"usage":   map[string]any{"prompt_tokens": len(question) / 4, "completion_tokens": len(text) / 4},
	}
	if e.mute {
		delete(doc, "usage")
	}
	body, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	e.mu.Lock()
	e.answered[question]++
	e.mu.Unlock()
	w.Write(body)
}

// reply gives the answer of a question: most are good, some have a bullet,
// some are cut, some decline.
func reply(question string) (text, finish string) {
	_, captions, _ := strings.Cut(question, "Caption 1: ")
	a, b, _ := strings.Cut(captions, "\nCaption 2: ")
	text = fmt.Sprintf("The first image shows %s; the second image, in contrast, shows %s.", a, b)
	switch hashOf(question) % 20 {
	case 0:
		return "* " + text, "stop"
	case 1:
		return text[:30], "length"
	case 2:
		return "I'm sorry, but I cannot compare images, because I am only a language model.", "stop"
	case 3:
		return "Answer:\n" + text, "stop"
	}
	return text, "stop"
}

func (e *endpoint) fail(w http.ResponseWriter, fault, auth string) {
	status := func(code int, body string) { w.WriteHeader(code); io.WriteString(w, body) }
	drop := func(linger bool) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		if linger {
			conn.(*net.TCPConn).SetLinger(0)
		}
		conn.Close()
	}
	switch fault {
	case "429":
		w.Header().Set("Retry-After", "0.005")
		status(429, `{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`)
	case "500":
		status(500, `{"error":{"message":"oops"}}`)
	case "503":
		status(503, "busy")
	case "html":
		status(502, "<html><title>Bad gateway</title></html>")
	case "page":
		status(200, "<!doctype html><title>Welcome</title>")
	case "error body":
		status(200, `{"error":{"message":"engine died"}}`)
	case "null":
		status(200, "null")
	case "no choices":
		status(200, `{"model":"served-1","choices":[]}`)
	case "blank":
		status(200, `{"model":"served-1","choices":[{"message":{"content":" \n"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000000}}`)
	case "cut":
		status(200, `{"model":"served-1","choices":[{"message":{"content":"The fir`)
	case "reset":
		drop(true)
	case "closed":
		drop(false)
	case "hang":
		<-e.hang
	case "400":
		status(400, `{"error":{"message":"unknown parameter top_p"}}`)
	case "context":
		status(400, `{"error":{"message":"too long","code":"context_length_exceeded"}}`)
	case "401":
		status(401, `{"error":{"message":"wrong key `+auth+`"}}`)
	case "404 model":
		status(404, `{"error":{"message":"The model does not exist","code":"model_not_found"}}`)
	case "404":
		status(404, "404 page not found")
	case "quota":
		status(429, `{"error":{"message":"pay first","type":"insufficient_quota","code":"insufficient_quota"}}`)
	case "echo":
		status(500, `{"error":{"message":"you sent `+auth+`"}}`)
	default:
		panic(fault)
	}
}

// set changes the faults of a running endpoint.
func (e *endpoint) set(f func(question string, n int) string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fault = f
}

func always(fault string) func(string, int) string {
	return func(string, int) string { return fault }
}

// requests counts what was asked so far.
func (e *endpoint) requests() (all int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range e.asked {
		all += n
	}
	return all
}

var quick = pace{first: 2 * time.Millisecond, longest: 20 * time.Millisecond, probe: 50 * time.Millisecond, drain: 50 * time.Millisecond}

func options(dir string, e *endpoint) Options {
	o := DefaultOptions()
	o.Rules = "paper"
	o.RunDir, o.Model, o.Endpoint, o.Concurrency = dir, "asked-1", e.URL, 8
	o.CountTokens = func(s string) int { return len(strings.Fields(s)) + 2 }
	o.Manifest.Tool = shards.Tool{Name: "pcclip", Version: "test"}
	o.Outage = 300 * time.Millisecond
	return o
}

// generate calls the package as Run does, but with short waits.
func generate(t testing.TB, o Options, plan Plan, p Progress) (Result, error) {
	t.Helper()
	return generateUntil(t.Context(), t, o, plan, p)
}

// generateUntil is generate with an end of its own.
func generateUntil(ctx context.Context, t testing.TB, o Options, plan Plan, p Progress) (Result, error) {
	t.Helper()
	remotes, disconnect, err := connect(o)
	if err != nil {
		t.Fatal(err)
	}
	defer disconnect()
	return runAt(ctx, o, plan, p, remotes, quick)
}

// files gives the content of everything that a run promises: shards, rejected
// rows and the manifest.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "answers.db") || d.Name() == statusFile {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// same compares two runs file by file.
func same(t testing.TB, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs (%d and %d bytes)", name, len(got[name]), len(want[name]))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is one file too many", name)
		}
	}
}

// clean gives the files of an undisturbed run with one request at a time.
func clean(t testing.TB, plan Plan, change func(*Options)) map[string]string {
	t.Helper()
	dir := t.TempDir()
	o := options(dir, newEndpoint(t))
	o.Concurrency = 1
	if change != nil {
		change(&o)
	}
	if _, err := generate(t, o, plan, &tally{}); err != nil {
		t.Fatal(err)
	}
	return files(t, dir)
}

// rows reads all rows below a folder of a run.
func rows(t testing.TB, dir, folder string) []shards.Row {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, folder, "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	var all []shards.Row
	for _, p := range paths {
		for row, err := range shards.ReadRows(p) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, row)
		}
	}
	return all
}

// whole checks what must hold of every run that came to its end: each pair is
// in one place, counts add up, hashes are right.
func whole(t testing.TB, dir string, plan world, p *tally) *shards.Manifest {
	t.Helper()
	m, err := shards.ReadManifest(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.Validate(), m.VerifyFiles(dir)); err != nil {
		t.Error(err)
	}
	seen := map[string]int{}
	for _, r := range append(rows(t, dir, "shards"), rows(t, dir, "rejected")...) {
		seen[r.PairID]++
	}
	for _, split := range plan.Splits() {
		for k := range plan.Len(split) {
			pair, _ := plan.Pair(split, k)
			if seen[pair.PairID] > 1 {
				t.Errorf("pair %d of %s has %d rows", k, split, seen[pair.PairID])
			}
		}
	}
	c := m.Totals
	if int64(len(seen)) != c.Accepted+c.Rejected {
		t.Errorf("%d rows, the manifest says %+v", len(seen), c)
	}
	if p != nil && (p.accepted != c.Accepted || p.rejected != c.Rejected || p.failed != c.Failed || p.total != c.Planned) {
		t.Errorf("progress heard %d + %d + %d of %d, the manifest says %+v", p.accepted, p.rejected, p.failed, p.total, c)
	}
	return m
}

// runWith runs with an asker in place of the endpoint.
func runWith(ctx context.Context, o Options, plan Plan, p Progress, a asker, url string, pace pace) (Result, error) {
	r, err := newRemotes([]*remote{{asker: a, url: url}}, o, []float64{1})
	if err != nil {
		return Result{}, err
	}
	return runAt(ctx, o, plan, p, r, pace)
}
