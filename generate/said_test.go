package generate

import (
	"testing"

	"github.com/pcclip/pcclip/generate/check"
)

func strictly(o *Options) { o.Rules = "strict" }

// Equal texts become one row, the first of the plan, whatever the concurrency,
// the faults and the interruptions.
func TestDuplicatesFollowThePlan(t *testing.T) {
	t.Parallel()
	plan := world{train: 300, validation: 40, block: 40}
	want := clean(t, plan, strictly)
	dir, e := t.TempDir(), newEndpoint(t)
	o := options(dir, e)
	strictly(&o)
	for _, after := range []int{30, 80, 1 << 30} {
		total := 0
		e.set(func(q string, n int) string {
			if total++; total > after {
				return "quota"
			}
			return map[bool]string{true: "500"}[n == 0 && hashOf(q)%3 == 0]
		})
		generate(t, o, plan, nil) //nolint:errcheck // the last call tells
	}
	p := &tally{}
	result, err := generate(t, o, plan, p)
	if err != nil {
		t.Fatal(err)
	}
	m := whole(t, dir, plan, p)
	if m.RejectReasons[check.Duplicate] < 20 || result.Manifest.Totals.Pending != 0 {
		t.Errorf("%+v, %v", m.Totals, m.RejectReasons)
	}
	same(t, files(t, dir), want)
	seen := map[string]bool{}
	for _, row := range rows(t, dir, "shards") {
		if seen[row.Difference] {
			t.Errorf("twice: %q", row.Difference)
		}
		seen[row.Difference] = true
	}
}

// A pair that is answered late may make a later row a duplicate: the blocks
// after it are written anew.
func TestRetriedPairsComeBeforeTheirDuplicates(t *testing.T) {
	t.Parallel()
	plan := world{train: 300, block: 40}
	dir, e := t.TempDir(), newEndpoint(t)
	o := options(dir, e)
	strictly(&o)
	o.MaxAttempts = 1
	e.set(func(q string, _ int) string { return map[bool]string{true: "500"}[hashOf(q)%9 == 5] })
	generate(t, o, plan, nil) //nolint:errcheck // pairs fail
	e.set(nil)
	o.RetryFailed = true
	p := &tally{}
	if _, err := generate(t, o, plan, p); err != nil {
		t.Fatal(err)
	}
	whole(t, dir, plan, p)
	same(t, files(t, dir), clean(t, plan, strictly))
}

func TestGoalWithoutDuplicates(t *testing.T) {
	t.Parallel()
	plan := world{train: 400, validation: 80, block: 30}
	dir, e, p := t.TempDir(), newEndpoint(t), &tally{}
	o := options(dir, e)
	strictly(&o)
	o.Rows = 200
	if _, err := generate(t, o, plan, p); err != nil {
		t.Fatal(err)
	}
	if m := whole(t, dir, plan, p); m.Totals.Accepted != 200 {
		t.Errorf("%+v", m.Totals)
	}
	for q, n := range e.asked {
		if n != 1 {
			t.Errorf("asked %d times: %q", n, q)
		}
	}
}
