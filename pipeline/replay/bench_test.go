package replay

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/release"
)

// processorTime gives what the process has used of all cores. Unlike the time on
// the clock it tells the same beside other work.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resetPeak makes the kernel forget how much memory was resident at most.
func resetPeak() {
	debug.FreeOSMemory()
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) //nolint:errcheck // peakMB then gives the peak of all
}

// peakMB gives the most memory that was resident since, 0 where nobody tells.
func peakMB() float64 {
	doc, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kB float64
	_, rest, _ := strings.Cut(string(doc), "VmHWM:")
	fmt.Sscan(rest, &kB) //nolint:errcheck // 0 shows
	return kB * 1024 / 1e6
}

// BenchmarkRelease releases, verifies and replays a run of PCCLIP_BENCH_ROWS pairs
// (50,000 where it is not set), which it first has a server on this machine write.
func BenchmarkRelease(b *testing.B) {
	rows := int64(50_000)
	if n, err := strconv.ParseInt(os.Getenv("PCCLIP_BENCH_ROWS"), 10, 64); err == nil {
		rows = n
	}
	captions := captionsFile(b, 3000)
	run, plan := planned(b, captions, rows, 4096)
	writer := serve(b, func(question string) string { return difference(hashOf(question)) })
	o := options(run, writer, "paper")
	o.Concurrency = 64
	done, err := generate.Run(b.Context(), o, plan, nil)
	must(b, err)
	if m := done.Manifest; m.Totals.Accepted < rows*9/10 {
		b.Fatalf("of %d rows %d are accepted: %v", rows, m.Totals.Accepted, m.RejectReasons)
	}
	measure := func(name string, do func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			resetPeak()
			before := processorTime(b)
			for b.Loop() {
				do(b)
			}
			b.ReportMetric(float64(rows*int64(b.N))/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/1e3/float64(rows*int64(b.N)), "cpu-us/row")
			b.ReportMetric(peakMB(), "MB-resident")
		})
	}
	measure("release", func(b *testing.B) { frozen(b, run, plan) })
	kept := filepath.Join(b.TempDir(), "kept")
	must(b, os.CopyFS(kept, os.DirFS(frozen(b, run, plan))))
	measure("verify", func(b *testing.B) { verified(b, kept, plan) })
	measure("replay", func(b *testing.B) {
		first, err := Run(b.Context(), Options{Dir: kept, Captions: captions})
		must(b, err)
		if first != nil {
			b.Fatal(first)
		}
	})
}

// difference gives one of four thousand million texts, which the rules accept.
func difference(n uint32) string {
	words := func(all string) string {
		list := strings.Fields(all)
		word := list[n%uint32(len(list))]
		n /= uint32(len(list))
		return word
	}
	return fmt.Sprintf("Image 1 shows %s %s more than image 2 does, and the %s beside them is %s; its %s light comes from %s %s, where the other has a %s %s.",
		words("two three four five six seven eight"), words("dogs cats horses benches buses kites clocks pizzas"),
		words("wall road river table fence house field tree"), words("red green blue white black yellow grey brown"), words("warm cold soft harsh pale golden dim bright"),
		words("above behind below"), words("clouds lamps windows trees hills roofs walls signs"), words("quiet busy narrow wide wet dry empty full"), words("kitchen park beach street square garden yard lake"))
}

func verified(t testing.TB, dir string, plan *sample.Plan) {
	t.Helper()
	r, err := release.Verify(t.Context(), dir, release.VerifyOptions{Level: release.Rows, OpenPlan: func(string, *shards.Manifest) (release.Plan, error) { return plan, nil }})
	must(t, err)
	if len(r.Problems) > 0 {
		t.Fatal(r.Problems)
	}
}
