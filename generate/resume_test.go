package generate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

func TestFinishedRunIsLeftAlone(t *testing.T) {
	t.Parallel()
	plan := world{train: 150, validation: 20, block: 50}
	dir, e := t.TempDir(), newEndpoint(t)
	if _, err := generate(t, options(dir, e), plan, &tally{}); err != nil {
		t.Fatal(err)
	}
	before, asked := files(t, dir), e.requests()
	info, err := os.Stat(filepath.Join(dir, "shards/train-part-00000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	p := &tally{}
	result, err := generate(t, options(dir, e), plan, p)
	if err != nil || e.requests() != asked || result.Requests != 0 || result.Reused != 170 {
		t.Errorf("%v, %d requests, %+v", err, e.requests()-asked, result)
	}
	whole(t, dir, plan, p)
	same(t, files(t, dir), before)
	if now, err := os.Stat(filepath.Join(dir, "shards/train-part-00000.parquet")); err != nil || !os.SameFile(now, info) || !now.ModTime().Equal(info.ModTime()) {
		t.Error("a shard was written again")
	}
}

func TestDamagedShardsAreMadeAgainFromAnswers(t *testing.T) {
	t.Parallel()
	plan := world{train: 100, block: 50}
	dir, e := t.TempDir(), newEndpoint(t)
	if _, err := generate(t, options(dir, e), plan, &tally{}); err != nil {
		t.Fatal(err)
	}
	before, asked := files(t, dir), e.requests()
	for name, spoil := range map[string]func(string) error{
		"shards/train-part-00000.parquet":   os.Remove,
		"rejected/train-part-00001.parquet": func(p string) error { return os.Truncate(p, 10) },
	} {
		if err := spoil(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	half := filepath.Join(dir, "shards", ".train-part-00001.parquet.123")
	if err := os.WriteFile(half, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := &tally{}
	if _, err := generate(t, options(dir, e), plan, p); err != nil || e.requests() != asked {
		t.Errorf("%v, %d requests", err, e.requests()-asked)
	}
	same(t, files(t, dir), before)
	if notes := strings.Join(p.notes, "\n"); len(p.notes) != 2 || !strings.Contains(notes, "train-part-00000") || !strings.Contains(notes, "train-part-00001") {
		t.Errorf("notes %q", notes)
	}
}

func TestRowsGrow(t *testing.T) {
	t.Parallel()
	plan := world{train: 200, validation: 50, block: 30}
	dir, e := t.TempDir(), newEndpoint(t)
	o := options(dir, e)
	for _, n := range []int64{1, 25, 100, 100, 0} {
		o.Pairs = n
		p := &tally{}
		if _, err := generate(t, o, plan, p); err != nil {
			t.Fatal(err)
		}
		m := whole(t, dir, plan, p)
		if want := n; m.Totals.Planned != want && n != 0 || m.Totals.Pending != 0 {
			t.Errorf("%d rows: %+v", n, m.Totals)
		}
		if v := m.Splits["validation"].Planned; n != 0 && v != n-n*200/250 {
			t.Errorf("%d rows: %d of them for validation", n, v)
		}
	}
	same(t, files(t, dir), clean(t, plan, nil))
	for q, n := range e.asked {
		if n != 1 {
			t.Errorf("asked %d times: %q", n, q)
		}
	}
	o.Pairs = 100
	if _, err := generate(t, o, plan, &tally{}); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "--pairs") {
		t.Errorf("fewer rows: %v", err)
	}
}

func TestOtherSettingsAreRefused(t *testing.T) {
	t.Parallel()
	plan := world{train: 20, block: 10}
	dir, e := t.TempDir(), newEndpoint(t)
	if _, err := generate(t, options(dir, e), plan, &tally{}); err != nil {
		t.Fatal(err)
	}
	before, asked := files(t, dir), e.requests()
	seed := int64(1)
	for words, change := range map[string]func(*Options){
		"model was asked-1, now other": func(o *Options) { o.Model = "other" },
		"temperature was 0, now 0.5":   func(o *Options) { o.Temperature = 0.5 },
		"seed was <nil>, now 1":        func(o *Options) { o.Seed = &seed },
		"clip_tokens":                  func(o *Options) { o.CountTokens = nil },
		"extra":                        func(o *Options) { o.Extra = map[string]any{"top_k": 1} },
	} {
		o := options(dir, e)
		change(&o)
		if _, err := generate(t, o, plan, &tally{}); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", words, err)
		}
	}
	if _, err := generate(t, options(dir, e), world{train: 20, block: 5}, &tally{}); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "block_size") {
		t.Errorf("other blocks: %v", err)
	}
	if _, err := generate(t, options(dir, e), shifted{plan}, &tally{}); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "another plan") {
		t.Errorf("another plan: %v", err)
	}
	same(t, files(t, dir), before)
	if e.requests() != asked {
		t.Error("a refused run asked")
	}
}

// shifted is another plan of the same size.
type shifted struct{ world }

func (s shifted) Pair(split string, k int64) (shards.Pair, error) { return s.world.Pair(split, k+1) }

func TestRunInUseAndLostAnswers(t *testing.T) {
	t.Parallel()
	plan := world{train: 20, block: 10}
	dir, e := t.TempDir(), newEndpoint(t)
	s, err := answers.Open(filepath.Join(dir, "answers.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := generate(t, options(dir, e), plan, &tally{}); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), fmt.Sprint("pid ", os.Getpid())) {
		t.Errorf("in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := generate(t, options(dir, e), plan, &tally{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "answers.db")); err != nil {
		t.Fatal(err)
	}
	asked := e.requests()
	if _, err := generate(t, options(dir, e), plan, &tally{}); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "answers.db") || e.requests() != asked {
		t.Errorf("answers gone: %v", err)
	}
	if _, err := generate(t, options(filepath.Join(dir, "none"), e), plan, &tally{}); fault.ExitCode(err) != fault.Usage {
		t.Errorf("no folder: %v", err)
	}
}
