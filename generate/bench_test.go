package generate

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate/llm"
)

// instant answers at once, without a network.
type instant struct{}

func (instant) Ask(_ context.Context, r llm.Request) (llm.Answer, error) {
	return good(r.Messages[0].Content)
}

// BenchmarkRun measures a pair's whole way but for the network.
func BenchmarkRun(b *testing.B) {
	const n = 20_000
	for b.Loop() {
		o := DefaultOptions()
		o.RunDir, o.Model, o.Endpoint, o.Concurrency = b.TempDir(), "m", "http://h", 64
		if _, err := runWith(b.Context(), o, world{train: n, block: 2000}, &tally{}, instant{}, "http://h/v1", usual); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n*b.N), "us/pair")
}

// BenchmarkLarge writes half a million rows, watches the heap on the way, and
// measures how soon another call could send its first request.
func BenchmarkLarge(b *testing.B) {
	const n = 500_000
	plan := world{train: n, block: 4096}
	for b.Loop() {
		o := DefaultOptions()
		o.RunDir, o.Model, o.Endpoint, o.Concurrency = b.TempDir(), "m", "http://h", 64
		p := &heapWatch{}
		start := time.Now()
		if _, err := runWith(b.Context(), o, plan, p, instant{}, "http://h/v1", usual); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(n/time.Since(start).Seconds(), "rows/s")
		b.ReportMetric(float64(p.most)/1e6, "MB-heap")
		start = time.Now()
		plan := world{train: n + 1, block: 4096}
		if _, err := runWith(b.Context(), o, plan, p, first{time.Now(), b}, "http://h/v1", usual); err != nil {
			b.Fatal(err)
		}
	}
}

// heapWatch keeps the largest heap that it saw, once a second.
type heapWatch struct {
	silent
	most uint64
}

func (h *heapWatch) Status(Status) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.most = max(h.most, m.HeapInuse+m.StackInuse)
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

// BenchmarkHTTP measures the same over loopback, server included.
func BenchmarkHTTP(b *testing.B) {
	const n = 10_000
	e := newEndpoint(b)
	e.delay = 5 * time.Millisecond
	for b.Loop() {
		o := options(b.TempDir(), e)
		o.Concurrency = 64
		if _, err := generate(b, o, world{train: n, block: 2000}, &tally{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n*b.N), "us/pair")
}
