package generate

import (
	"context"
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

// BenchmarkResume measures how long a finished run takes to find that out.
func BenchmarkResume(b *testing.B) {
	plan := world{train: 20_000, block: 2000}
	o := DefaultOptions()
	o.RunDir, o.Model, o.Endpoint, o.Concurrency = b.TempDir(), "m", "http://h", 64
	again := func() {
		if _, err := runWith(b.Context(), o, plan, &tally{}, instant{}, "http://h/v1", usual); err != nil {
			b.Fatal(err)
		}
	}
	again()
	for b.Loop() {
		again()
	}
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
