package generate

import (
	"strings"
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// awayFrom plays an endpoint that answers in one way for 700 ms, from its nth
// request on.
func awayFrom(n int, down string) func(string, int) string {
	total, away := 0, time.Time{}
	return func(string, int) string {
		if total++; total == n {
			away = time.Now().Add(700 * time.Millisecond)
		}
		if time.Now().Before(away) {
			return down
		}
		return ""
	}
}

// An endpoint that is away for a while costs no row, no try, and hardly any
// request.
func TestOutageIsWaitedFor(t *testing.T) {
	t.Parallel()
	plan := world{train: 200, block: 40}
	want := clean(t, plan, nil)
	for _, down := range []string{"503", "reset", "html"} {
		dir, e, p := t.TempDir(), newEndpoint(t), &tally{}
		e.set(awayFrom(60, down))
		o := options(dir, e)
		o.Outage, o.MaxAttempts = time.Minute, 2
		result, err := generate(t, o, plan, p)
		if err != nil {
			t.Fatalf("%s: %v", down, err)
		}
		if m := whole(t, dir, plan, p); m.Totals.Failed+m.Totals.Pending != 0 {
			t.Errorf("%s: %+v", down, m.Totals)
		}
		same(t, files(t, dir), want)
		if lost := result.Troubles[llm.Overloaded] + result.Troubles[llm.Transport]; lost > 16*2+8+100 || lost == 0 {
			t.Errorf("%s: %d requests were lost", down, lost)
		}
		if notes := strings.Join(p.notes, "\n"); !strings.Contains(notes, "waiting for it") || !strings.Contains(notes, "is back") {
			t.Errorf("%s: notes %q", down, notes)
		}
	}
}

// One that begins with the last few pairs costs none of them either: too few are
// left to tell by their number that it is not them.
func TestOutageAtTheEnd(t *testing.T) {
	t.Parallel()
	plan := world{train: 60, block: 20}
	want := clean(t, plan, nil)
	for _, down := range []string{"503", "reset", "closed"} {
		dir, e, p := t.TempDir(), newEndpoint(t), &tally{}
		e.set(awayFrom(48, down))
		o := options(dir, e)
		o.Outage, o.MaxAttempts = time.Minute, 2
		if _, err := generate(t, o, plan, p); err != nil {
			t.Fatalf("%s: %v", down, err)
		}
		if m := whole(t, dir, plan, p); m.Totals.Failed+m.Totals.Pending != 0 {
			t.Errorf("%s: %+v", down, m.Totals)
		}
		same(t, files(t, dir), want)
		if notes := strings.Join(p.notes, "\n"); !strings.Contains(notes, "waiting for it") || !strings.Contains(notes, "is back") {
			t.Errorf("%s: notes %q", down, notes)
		}
	}
}

// A pair that no endpoint can bear fails, though it is the last one.
func TestLastPairFails(t *testing.T) {
	t.Parallel()
	plan := world{train: 30, block: 10}
	dir, e, p := t.TempDir(), newEndpoint(t), &tally{}
	pair, _ := plan.Pair("train", 28)
	e.set(func(q string, _ int) string {
		if strings.Contains(q, pair.CaptionB+"\n") || strings.HasSuffix(q, pair.CaptionB) {
			return "500"
		}
		return ""
	})
	o := options(dir, e)
	o.Outage = time.Minute
	_, err := generate(t, o, plan, p)
	if m := whole(t, dir, plan, p); fault.ExitCode(err) != fault.Incomplete || m.Totals.Failed != 1 || m.Totals.Pending != 0 {
		t.Errorf("%+v, %v", m.Totals, err)
	}
}
