package generate

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Other rules applied to stored answers give the run that these rules would
// have made, without a request; and back again.
func TestRecheck(t *testing.T) {
	t.Parallel()
	plan := world{train: 300, validation: 40, block: 40}
	dir, e := t.TempDir(), newEndpoint(t)
	o := options(dir, e)
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	paper, asked := files(t, dir), e.requests()
	strict := clean(t, plan, strictly)
	check := func(rules string, apply bool) Judgement {
		t.Helper()
		j, err := Recheck(t.Context(), RecheckOptions{Prompt: "paper", RunDir: dir, Rules: rules, Apply: apply, CountTokens: o.CountTokens}, plan)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	if j := check("", false); j.Changed != 0 || j.Rows != 340 || j.Rules != "paper/1" {
		t.Errorf("its own rules: %+v", j)
	}
	if j := check("strict", false); j.Changed == 0 || j.Rules != "strict/5" {
		t.Errorf("other rules: %+v", j)
	}
	same(t, files(t, dir), paper)
	check("strict", true)
	same(t, files(t, dir), strict)
	whole(t, dir, plan, nil)
	strictly(&o)
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Errorf("going on with the new rules: %v", err)
	}
	same(t, files(t, dir), strict)
	check("paper", true)
	same(t, files(t, dir), paper)
	if e.requests() != asked {
		t.Error("checking asked")
	}
}

// Accepted rows that are too long for CLIP are counted, and counted again by
// other rules.
func TestTruncatedRowsAreCounted(t *testing.T) {
	t.Parallel()
	plan := world{train: 300, validation: 40, block: 40}
	dir := t.TempDir()
	o := options(dir, newEndpoint(t))
	o.CountTokens = func(s string) int { return 70 + len(s)%15 } // to both sides of 77
	result, err := generate(t, o, plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	count := func() (long, short int64) {
		for _, f := range result.Manifest.Files {
			if f.Kind != shards.KindAccepted {
				continue
			}
			for row, err := range shards.ReadRows(filepath.Join(dir, f.Path)) {
				if err != nil {
					t.Fatal(err)
				}
				if 70+len(row.Difference)%15 > 77 {
					long++
				} else {
					short++
				}
			}
		}
		return long, short
	}
	long, short := count()
	if long == 0 || short == 0 || result.Manifest.Truncated != long {
		t.Errorf("the manifest says %d, %d rows are long and %d short", result.Manifest.Truncated, long, short)
	}
	for rules, want := range map[string]int64{"strict": 0, "paper": long} {
		if _, err := Recheck(t.Context(), RecheckOptions{Prompt: "paper", RunDir: dir, Rules: rules, Apply: true, CountTokens: o.CountTokens}, plan); err != nil {
			t.Fatal(err)
		}
		m, err := shards.ReadManifest(filepath.Join(dir, "manifest.json"))
		if err != nil || m.Truncated != want {
			t.Errorf("by %s: %d, not %d; %v", rules, m.Truncated, want, err)
		}
	}
}

func TestRecheckRefuses(t *testing.T) {
	t.Parallel()
	plan := world{train: 30, block: 40}
	dir := t.TempDir()
	if _, err := Recheck(t.Context(), RecheckOptions{Prompt: "paper", RunDir: dir}, plan); fault.ExitCode(err) != fault.Usage {
		t.Errorf("no manifest: %v", err)
	}
	if _, err := generate(t, options(dir, newEndpoint(t)), plan, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := Recheck(t.Context(), RecheckOptions{Prompt: "paper", RunDir: dir, Rules: "nothing"}, plan); fault.ExitCode(err) != fault.Usage {
		t.Errorf("unknown rules: %v", err)
	}
	if err := os.Truncate(filepath.Join(dir, "shards", "train-part-00000.parquet"), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := Recheck(t.Context(), RecheckOptions{Prompt: "paper", RunDir: dir}, plan); err == nil {
		t.Error("a damaged shard passed")
	}
}
