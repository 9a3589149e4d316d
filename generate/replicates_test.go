package generate

import (
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
)

// Texts of one pair are asked for one by one, each under its own key and seed,
// and are rows of their own.
func TestReplicates(t *testing.T) {
	t.Parallel()
	plan := world{train: 40, validation: 10, block: 32}
	run := func(dir string, concurrency int, pairs int64) *endpoint {
		e := newEndpoint(t)
		o := options(dir, e)
		seed := int64(7)
		o.Replicates, o.Temperature, o.Concurrency, o.Pairs, o.Seed = 3, .7, concurrency, pairs, &seed
		p := &tally{}
		if _, err := generate(t, o, plan, p); err != nil {
			t.Fatal(err)
		}
		if want := 3 * (plan.train + plan.validation); pairs == 0 && p.total != want {
			t.Errorf("%d texts planned, want %d", p.total, want)
		}
		return e
	}
	dir, grown := t.TempDir(), t.TempDir()
	run(dir, 8, 0)
	run(grown, 2, 20)
	run(grown, 8, 0)
	same(t, files(t, dir), files(t, grown))
	seeds, ids, keys := map[int64]int{}, map[string]bool{}, map[string]bool{}
	for _, r := range append(rows(t, dir, "shards"), rows(t, dir, "rejected")...) {
		seeds[*r.Seed]++
		ids[r.PairID] = true
		keys[r.RequestSHA256] = true
		if n := *r.Seed - 7; n > 0 != strings.Contains(r.PairID, "-") {
			t.Fatalf("%s has seed %d", r.PairID, *r.Seed)
		}
	}
	if len(ids) != 150 || seeds[7] != 50 || seeds[8] != 50 || seeds[9] != 50 || len(keys)%3 != 0 || len(keys) == 150 {
		t.Errorf("%d ids, seeds %v, %d keys", len(ids), seeds, len(keys))
	}
	j, err := Recheck(t.Context(), RecheckOptions{RunDir: dir, Prompt: "paper", Rules: "strict", CountTokens: options(dir, newEndpoint(t)).CountTokens}, plan)
	if err != nil || j.Rows != 150 || j.Rejected["duplicate"] == 0 {
		t.Errorf("judged again: %+v, %v", j, err)
	}
}

func TestReplicatesRefuse(t *testing.T) {
	t.Parallel()
	plan := world{train: 20, block: 8}
	e, dir := newEndpoint(t), t.TempDir()
	o := options(dir, e)
	o.Replicates = 2
	if err := o.Validate(); fault.ExitCode(err) != fault.Usage {
		t.Errorf("at temperature 0: %v", err)
	}
	o.Temperature = 1
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	o.Replicates = 1
	if _, err := generate(t, o, plan, nil); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "replicates") {
		t.Errorf("another number of texts: %v", err)
	}
}
