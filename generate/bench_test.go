package generate

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards/order"
)

// instant answers at once, without a network.
type instant struct{}

func (instant) Ask(_ context.Context, r llm.Request) (llm.Answer, error) {
	return good(r.Messages[0].Content)
}

// BenchmarkRun measures a pair's whole way but for the network.
func BenchmarkRun(b *testing.B) {
	const n = 20_000
	for _, rules := range []string{"paper", "strict"} {
		b.Run(rules, func(b *testing.B) {
			before := cpuTime(b)
			for b.Loop() {
				o := DefaultOptions()
				o.RunDir, o.Model, o.Endpoint, o.Concurrency, o.Rules = b.TempDir(), "m", "http://h", 64, rules
				if _, err := runWith(b.Context(), o, world{train: n, block: 2000}, &tally{}, instant{}, "http://h/v1", usual); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(n*b.N), "cpu-us/pair")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n*b.N), "us/pair")
		})
	}
}

// cpuTime gives what the process has used of all cores. Unlike the time on the
// clock it tells the same beside other work.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLarge writes half a million rows, watches the memory on the way, and
// measures how soon another call could send its first request.
func BenchmarkLarge(b *testing.B) {
	const n = 500_000
	for _, rules := range []string{"paper", "strict"} {
		b.Run(rules, func(b *testing.B) {
			for b.Loop() {
				o := DefaultOptions()
				o.Rules = rules
				o.RunDir, o.Model, o.Endpoint, o.Concurrency = b.TempDir(), "m", "http://h", 64
				debug.FreeOSMemory() // what earlier benchmarks left
				p := &memoryWatch{}
				start := time.Now()
				if _, err := runWith(b.Context(), o, world{train: n, block: 4096}, p, instant{}, "http://h/v1", usual); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(n/time.Since(start).Seconds(), "rows/s")
				b.ReportMetric(float64(p.most)/1e6, "MB-resident")
				b.ReportMetric(float64(p.half)/1e6, "MB-resident-half-way")
				if _, err := runWith(b.Context(), o, world{train: n + 1, block: 4096}, p, first{time.Now(), b}, "http://h/v1", usual); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// memoryWatch keeps the largest resident memory that it saw, once a second.
type memoryWatch struct {
	silent
	most, half int64 // half: in the first half of the run
}

func (w *memoryWatch) Status(s Status) {
	w.most = max(w.most, resident())
	if s.Accepted+s.Rejected <= s.Planned/2 {
		w.half = w.most
	}
}

// resident gives the memory of the process that is in RAM, as the kernel counts.
func resident() int64 {
	var all, pages int64
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fmt.Sscan(string(b), &all, &pages) //nolint:errcheck // 0 shows
	return pages * int64(os.Getpagesize())
}

// first reports when the first request of a run came.
type first struct {
	start time.Time
	b     *testing.B
}

func (f first) Ask(ctx context.Context, r llm.Request) (llm.Answer, error) {
	f.b.ReportMetric(time.Since(f.start).Seconds(), "s-to-resume")
	return instant{}.Ask(ctx, r)
}

// BenchmarkHTTP measures the whole way over loopback: the processor time of the
// client alone, and rows a second on cores that it shares with the server.
func BenchmarkHTTP(b *testing.B) {
	const n = 10_000
	url := stub(b)
	for _, rules := range []string{"paper", "strict"} {
		b.Run(rules, func(b *testing.B) {
			before := cpuTime(b)
			for b.Loop() {
				o := DefaultOptions()
				o.RunDir, o.Model, o.Endpoint, o.Concurrency, o.Rules = b.TempDir(), "asked-1", url, 64, rules
				o.CountTokens = func(s string) int { return len(strings.Fields(s)) + 2 }
				if _, err := generate(b, o, world{train: n, block: 2000}, &tally{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(n*b.N), "client-cpu-us/pair")
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "pairs/s")
		})
	}
}

// stub starts the endpoint as a process of its own, so that its work does not
// count as the client's.
func stub(b *testing.B) string {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PCCLIP_TEST_STUB=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close() // it ends
		cmd.Wait()    //nolint:errcheck // nothing depends on how
	})
	var url string
	if _, err := fmt.Fscanln(stdout, &url); err != nil {
		b.Fatal(err)
	}
	return url
}

// childStub is that process: it serves until its standard input ends.
func childStub() {
	e := &endpoint{write: reply, asked: map[string]int{}, answered: map[string]int{}, hang: make(chan struct{}), delay: 5 * time.Millisecond}
	e.Server = httptest.NewServer(http.HandlerFunc(e.serve))
	fmt.Println(e.URL)
	io.Copy(io.Discard, os.Stdin) //nolint:errcheck // its end is what counts
	os.Exit(0)
}

// BenchmarkSlots compares with a bare client that stores and checks nothing, on
// a server of 64 slots that takes 200 ms for an answer.
func BenchmarkSlots(b *testing.B) {
	const n = 6400
	e := newEndpoint(b)
	e.delay = 200 * time.Millisecond
	plan := world{train: n, block: 2000}
	for b.Loop() {
		o := options(b.TempDir(), e)
		o.Concurrency = 64
		start := time.Now()
		result, err := generate(b, o, plan, &tally{})
		if err != nil {
			b.Fatal(err)
		}
		ours := float64(result.Requests) / time.Since(start).Seconds()
		start = time.Now()
		bare(b, o, plan, n)
		b.ReportMetric(ours/(n/time.Since(start).Seconds()), "of-bare")
		b.ReportMetric(ours/320, "of-slots")
	}
}

// bare asks about the pairs of a plan with 64 workers and drops the answers.
func bare(b *testing.B, o Options, plan Plan, n int64) {
	prompt, err := prompts.Get("paper")
	if err != nil {
		b.Fatal(err)
	}
	client, err := llm.New(o.endpoints()[0].client(o))
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	workers := pool.New().WithMaxGoroutines(o.Concurrency)
	for k := range n {
		workers.Go(func() {
			p, _ := plan.Pair("train", k)
			client.Ask(b.Context(), o.request(prompt, p)) //nolint:errcheck // only its time counts
		})
	}
	workers.Wait()
}

// BenchmarkFaults counts what 5,000 rows cost under a mixture of faults.
func BenchmarkFaults(b *testing.B) {
	plan := world{train: 5000, block: 1000}
	for b.Loop() {
		e := newEndpoint(b)
		e.delay = 5 * time.Millisecond
		e.fault = func(q string, n int) string {
			switch u := order.Hash(1, fmt.Sprintf("%s/%d", q, n)) % 1000; {
			case u < 50:
				return "500"
			case u < 100:
				return "429"
			case u < 110:
				return "no choices"
			case u < 120:
				return "null"
			case u < 130:
				return "cut"
			case u < 135:
				return "reset"
			case u < 137:
				return "hang"
			}
			return ""
		}
		o := options(b.TempDir(), e)
		o.Concurrency, o.Timeout = 64, 2*time.Second
		p := &tally{}
		result, err := generate(b, o, plan, p)
		if err != nil {
			b.Fatal(err)
		}
		m := result.Manifest.Totals
		wrong := 0
		for _, row := range rows(b, o.RunDir, "shards") {
			if want := "shows " + row.CaptionA; !strings.Contains(row.Difference, want) || !strings.Contains(row.Difference, "shows "+row.CaptionB) {
				wrong++
			}
		}
		doubled := 0
		for _, n := range e.answered {
			doubled += n - 1
		}
		b.ReportMetric(float64(m.Planned-m.Accepted-m.Rejected), "rows-lost")
		b.ReportMetric(float64(wrong), "rows-wrong")
		b.ReportMetric(float64(doubled), "answers-paid-twice")
		b.ReportMetric(float64(e.requests())/float64(len(e.asked)), "requests/row")
	}
}

// BenchmarkQueue measures how well a server of 64 slots that takes 200 ms for an
// answer, never refuses and queues what is too much is used from a cold start,
// without being told its size.
func BenchmarkQueue(b *testing.B) {
	const slots, warm = 64, 20 * time.Second
	plan := world{train: 20_000, block: 4000}
	for b.Loop() {
		e := newEndpoint(b)
		s := &slotted{slots: make(chan struct{}, slots)}
		e.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.take()
			defer s.give()
			e.serve(w, r)
		})
		e.delay = 200 * time.Millisecond
		o := options(b.TempDir(), e)
		o.Concurrency = 0
		time.AfterFunc(warm, s.reset)
		if _, err := generate(b, o, plan, &tally{}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(s.rate()/(slots/.2), "of-slots")
		b.ReportMetric(s.wait()/.2, "queue-in-service-times")
	}
}

// slotted is a queue before a server; its counts begin with reset.
type slotted struct {
	slots       chan struct{}
	mu          sync.Mutex
	since, last time.Time
	served      int
	waited      time.Duration
}

func (s *slotted) take() {
	came := time.Now()
	s.slots <- struct{}{}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waited += time.Since(came)
}

func (s *slotted) give() {
	<-s.slots
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served++
	s.last = time.Now()
}

func (s *slotted) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since, s.served, s.waited = time.Now(), 0, 0
}

func (s *slotted) rate() float64 { return float64(s.served) / s.last.Sub(s.since).Seconds() }
func (s *slotted) wait() float64 { return s.waited.Seconds() / float64(s.served) }
