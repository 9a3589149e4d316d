package generate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// Goals, budgets, second questions and failed pairs are what they are online.
func TestBatchesWithGoals(t *testing.T) {
	t.Parallel()
	t.Run("rows", func(t *testing.T) {
		dir, p := t.TempDir(), newProvider(t)
		o := inBatches(dir, p)
		o.Rows = 240
		if _, err := generate(t, o, batchPlan, &tally{}); err != nil {
			t.Fatal(err)
		}
		same(t, files(t, dir), clean(t, batchPlan, func(o *Options) { o.Rows = 240 }))
	})
	t.Run("structured", func(t *testing.T) {
		dir, p := t.TempDir(), newProvider(t)
		p.write = inJSON
		o := inBatches(dir, p)
		o.Prompt = "structured"
		if _, err := generate(t, o, batchPlan, &tally{}); err != nil {
			t.Fatal(err)
		}
		other, e := t.TempDir(), newEndpoint(t)
		e.write = inJSON
		online := options(other, e)
		online.Prompt = "structured"
		if _, err := generate(t, online, batchPlan, &tally{}); err != nil {
			t.Fatal(err)
		}
		same(t, files(t, dir), files(t, other))
	})
	t.Run("budget", func(t *testing.T) {
		dir, p := t.TempDir(), newProvider(t)
		o := inBatches(dir, p)
		o.Budget.Requests = 250
		result, err := generate(t, o, batchPlan, &tally{})
		if fault.ExitCode(err) != fault.Incomplete || !strings.Contains(err.Error(), "all of --max-requests 250 are sent") || result.Requests != 250 || p.requests() != 250 {
			t.Fatalf("%d requests, %d heard: %v", result.Requests, p.requests(), err)
		}
		if m := whole(t, dir, batchPlan, nil); m.Totals.Accepted == 0 || m.Totals.Pending == 0 {
			t.Errorf("%+v", m.Totals)
		}
		o.Budget.Requests = 0
		if _, err := generate(t, o, batchPlan, &tally{}); err != nil {
			t.Fatal(err)
		}
		same(t, files(t, dir), clean(t, batchPlan, nil))
	})
	t.Run("failed pairs", func(t *testing.T) {
		dir, p, heard := t.TempDir(), newProvider(t), &tally{}
		p.endpoint.set(func(q string, n int) string {
			return []string{"context", "500", "", "", "", "", "", "", "", ""}[hashOf(q)/20%10]
		})
		o := inBatches(dir, p)
		o.MaxAttempts = 2
		_, err := generate(t, o, batchPlan, heard)
		m := whole(t, dir, batchPlan, heard)
		if fault.ExitCode(err) != fault.Incomplete || m.Totals.Failed == 0 || m.Totals.Pending != 0 || m.FailReasons["context_too_long"] == 0 || m.FailReasons["overloaded"] == 0 {
			t.Fatalf("%v, %+v, %v", err, m.Totals, m.FailReasons)
		}
		for q, n := range p.asked {
			if n > 2 {
				t.Errorf("asked %d times: %q", n, q)
			}
		}
		p.endpoint.set(nil)
		if result, err := generate(t, o, batchPlan, &tally{}); fault.ExitCode(err) != fault.Incomplete || result.Requests != 0 {
			t.Errorf("without --retry-failed: %+v, %v", result, err)
		}
		o.RetryFailed = true
		if _, err := generate(t, o, batchPlan, &tally{}); err != nil {
			t.Fatal(err)
		}
		same(t, files(t, dir), clean(t, batchPlan, nil))
	})
}

// Images go into the lines; a pair whose image cannot be read fails by itself.
func TestBatchesShowImages(t *testing.T) {
	t.Parallel()
	plan := gallery{world{train: 60, validation: 6, block: 20}}
	s := seer(t, "")
	want := t.TempDir()
	if _, err := generate(t, vision(want, s.URL, &album{}), plan, nil); err != nil {
		t.Fatal(err)
	}
	dir, p, a := t.TempDir(), newProvider(t), &album{broken: "b7.png"}
	p.chat = s.Config.Handler.ServeHTTP
	o := vision(dir, p.front.URL, a)
	o.Batches.On, o.Batches.Limits = true, quickBatches()
	result, err := generate(t, o, plan, nil)
	if fault.ExitCode(err) != fault.Incomplete || result.Manifest.FailReasons["image_unreadable"] == 0 || result.Manifest.Totals.Pending != 0 {
		t.Fatalf("%v, %+v", err, result.Manifest)
	}
	a.broken, o.RetryFailed = "", true
	if _, err = generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	same(t, files(t, dir), files(t, want))
}

// A judge may be asked in batches, and rules that compare rows see them in plan
// order.
func TestBatchesAreJudged(t *testing.T) {
	t.Parallel()
	plan := world{train: 150, validation: 40, block: 64}
	strict := func(o *Options) { o.Rules = "strict" }
	dir, p := t.TempDir(), newProvider(t)
	o := inBatches(dir, p)
	strict(&o)
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	same(t, files(t, dir), clean(t, plan, strict))
	judge := func(name string, o func(dir string) Options) map[string]string {
		accepted, _, err := ReadAccepted(dir)
		if err != nil {
			t.Fatal(err)
		}
		jo := o(JudgeDir(dir, name))
		jo.Prompt = "judge"
		if err := os.MkdirAll(jo.RunDir, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := generate(t, jo, accepted, nil); err != nil {
			t.Fatal(err)
		}
		return files(t, jo.RunDir)
	}
	box, e := newProvider(t), newEndpoint(t)
	box.write, e.write = verdictOf, verdictOf
	same(t, judge("batch", func(dir string) Options { return inBatches(dir, box) }), judge("online", func(dir string) Options { return options(dir, e) }))
}

func TestBatchesKeepTheKey(t *testing.T) {
	const key = "sk-very-secret-key-1"
	t.Setenv("PCCLIP_TEST_BATCH_KEY", key)
	dir, p, heard := t.TempDir(), newProvider(t), &tally{}
	p.file = func(b *sentBatch, output bool, text string) string {
		return strings.ReplaceAll(text, `"request_id":"x"`, `"request_id":"`+key+`"`)
	}
	p.write = func(q string) (string, string) { text, finish := reply(q); return text + " " + key, finish }
	p.end = func(b *sentBatch) {
		if b.id == "batch_1" {
			b.status, b.faults = "failed", `{"data":[{"code":"x","message":"your key `+key+`"}]}`
		}
	}
	o := inBatches(dir, p)
	o.APIKeyEnv = "PCCLIP_TEST_BATCH_KEY"
	_, err := generate(t, o, world{train: 200, validation: 20, block: 50}, heard)
	if err == nil || strings.Contains(err.Error(), key) || strings.Contains(strings.Join(heard.notes, " "), key) {
		t.Errorf("got %v, notes %v", err, heard.notes)
	}
	if p.key != "Bearer "+key {
		t.Errorf("sent with %q", p.key)
	}
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if b, _ := os.ReadFile(path); strings.Contains(string(b), key) {
				t.Errorf("%s holds the key", path)
			}
		}
		return err
	})
}

func TestBatchOptions(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"lines": func(o *Options) { o.Batches.Limits.Lines = 0 },
		"bytes": func(o *Options) { o.Batches.Limits.Bytes = 10 },
		"open":  func(o *Options) { o.Batches.Limits.Open = 0 },
		"polls": func(o *Options) { o.Batches.Limits.MaxPoll = 0 },
		"wait":  func(o *Options) { o.Batches.Wait = -1 },
		"two":   func(o *Options) { o.Batches.On, o.Others = true, []Endpoint{{URL: "http://h", Batch: true}} },
		"twice": func(o *Options) {
			o.Others = []Endpoint{{URL: "http://h", Batch: true}, {URL: "http://i", Batch: true}}
		},
	} {
		o := DefaultOptions()
		o.RunDir, o.Model, o.Endpoint = "r", "m", "http://h"
		if err := o.Validate(); err != nil {
			t.Fatal(err)
		}
		if change(&o); fault.ExitCode(o.Validate()) != fault.Usage {
			t.Errorf("%s: %v", name, o.Validate())
		}
	}
	var _ mailer = (*llm.Client)(nil)
}
