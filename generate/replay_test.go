package generate

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/pcclip/pcclip/shards"
)

// replayed replays a run into a new folder, with the answers that keep leaves.
func replayed(t *testing.T, o Options, plan Plan, keep func(shards.Answer) bool) (string, error) {
	t.Helper()
	recorded, err := OpenRecorded(o.RunDir)
	if err != nil {
		t.Fatal(err)
	}
	defer recorded.Close()
	earlier, err := recorded.Earlier()
	if err != nil {
		t.Fatal(err)
	}
	m, err := shards.ReadManifest(o.RunDir + "/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	planned := map[string]int64{}
	for split, c := range m.Splits {
		planned[split] = c.Planned
	}
	keys := earlier
	for _, r := range append(rows(t, o.RunDir, "shards"), rows(t, o.RunDir, "rejected")...) {
		keys = append(keys, r.RequestSHA256)
	}
	slices.Sort(keys)
	var all iter.Seq2[shards.Answer, error] = func(yield func(shards.Answer, error) bool) {
		for _, key := range slices.Compact(keys) {
			a, err := recorded.Answer(key)
			if keep(a) && !yield(a, err) {
				return
			}
		}
	}
	o.RunDir = t.TempDir()
	return o.RunDir, Replay(t.Context(), o, plan, planned, all)
}

func TestReplay(t *testing.T) {
	t.Parallel()
	plan := world{train: 150, validation: 40, block: 64}
	seed := int64(3)
	for name, change := range map[string]func(*Options, *endpoint){
		"paper":      func(*Options, *endpoint) {},
		"strict":     func(o *Options, _ *endpoint) { o.Rules, o.Pairs = "strict", 100 },
		"structured": func(o *Options, e *endpoint) { o.Prompt, e.write = "structured", inJSON },
		"replicates": func(o *Options, _ *endpoint) { o.Replicates, o.Temperature, o.Seed = 2, 1, &seed },
		"rows":       func(o *Options, _ *endpoint) { o.Rows = 80 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t)
			o := options(t.TempDir(), e)
			change(&o, e)
			if _, err := generate(t, o, plan, nil); err != nil {
				t.Fatal(err)
			}
			again, err := replayed(t, o, plan, func(shards.Answer) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			same(t, files(t, again), files(t, o.RunDir))
			n := 0
			_, err = replayed(t, o, plan, func(a shards.Answer) bool { n++; return n%10 != 0 })
			var missing *MissingAnswers
			if !errors.As(err, &missing) || missing.Total == 0 || len(missing.Keys) == 0 {
				t.Errorf("every tenth answer is gone: %v", err)
			}
		})
	}
}
