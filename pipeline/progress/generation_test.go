package progress

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/generate/llm"
)

// Where there is no terminal, a line of key=value pairs comes every ten seconds,
// and one at the end.
func TestGenerationLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		bar := Generation((&Board{out: &out}).Bar("generate", 0))
		bar.Start(1000)
		for i := range 25 {
			time.Sleep(time.Second)
			bar.Settled(2, 1, 0)
			n := int64(i + 1)
			bar.Status(generate.Status{
				Time: time.Now(), Planned: 1000, Accepted: 2 * n, Rejected: n, Reasons: map[string]int64{"too_short": n - 1, "html": 1},
				Troubles: map[llm.Kind]int64{llm.Overloaded: 4}, InFlight: 7, Allowed: 9, PairRate: 3, TokRate: 60.25, Spend: generate.Spend{Cost: 0.5, Requests: 3 * n},
			})
		}
		bar.Done()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 3 {
			t.Fatalf("%d lines in 25 s:\n%s", len(lines), out.String())
		}
		for _, want := range []string{
			"msg=generate planned=1000 accepted=50 rejected=25 failed=0 pending=925 in_flight=7 allowed=9", "pairs_per_second=3", "tokens_per_second=60.3",
			"cost=0.5", "eta=5m8s", "rejected.html=1", "rejected.too_short=24", "trouble.overloaded=4",
		} {
			if !strings.Contains(lines[2], want) {
				t.Errorf("no %s in %s", want, lines[2])
			}
		}
	})
}

func TestReasons(t *testing.T) {
	for want, n := range map[string]map[string]int64{
		"": nil, " (html 2)": {"html": 2}, " (c 9, a 2, b 2, ...)": {"a": 2, "b": 2, "c": 9, "d": 1},
	} {
		if got := reasons(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
