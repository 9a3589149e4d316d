package generate

import (
	"errors"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards"
)

// replayed replays a run into a new folder, with the answers that keep leaves.
func replayed(t *testing.T, o Options, plan Plan, rec Recording, keep func(shards.Answer) bool) (string, error) {
	t.Helper()
	m, err := shards.ReadManifest(o.RunDir + "/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	rec.Planned, rec.Pending = map[string]int64{}, map[string]int64{}
	for split, c := range m.Splits {
		rec.Planned[split], rec.Pending[split] = c.Planned, c.Pending
	}
	rec.Answers = recordingOf(t, o.RunDir, keep)
	o.RunDir = t.TempDir()
	return o.RunDir, Replay(t.Context(), o, plan, rec)
}

// recordingOf gives the answers of a run that a release would keep.
func recordingOf(t *testing.T, runDir string, keep func(shards.Answer) bool) iter.Seq2[shards.Answer, error] {
	t.Helper()
	recorded, err := OpenRecorded(runDir)
	if err != nil {
		t.Fatal(err)
	}
	defer recorded.Close()
	asked := map[string]bool{}
	for _, r := range append(rows(t, runDir, "shards"), rows(t, runDir, "rejected")...) {
		asked[r.RequestSHA256] = true
	}
	var all []shards.Answer
	for a, err := range recorded.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if asked[a.RequestSHA256] || a.Outcome == shards.AnswerMalformed || a.Standing == shards.AnswerFailed {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b shards.Answer) int { return strings.Compare(a.RequestSHA256, b.RequestSHA256) })
	return func(yield func(shards.Answer, error) bool) {
		for _, a := range all {
			if keep(a) && !yield(a, nil) {
				return
			}
		}
	}
}

func every(shards.Answer) bool { return true }

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
			again, err := replayed(t, o, plan, Recording{}, every)
			if err != nil {
				t.Fatal(err)
			}
			same(t, files(t, again), files(t, o.RunDir))
			n := 0
			_, err = replayed(t, o, plan, Recording{}, func(a shards.Answer) bool { n++; return n%10 != 0 })
			var missing *MissingAnswers
			if !errors.As(err, &missing) || missing.Total == 0 || len(missing.Keys) == 0 {
				t.Errorf("every tenth answer is gone: %v", err)
			}
		})
	}
}

// A run that was stopped, and one that was to go on with more pairs.
func TestReplayOfAPartOfARun(t *testing.T) {
	t.Parallel()
	plan := world{train: 150, validation: 40, block: 64}
	for _, rules := range []string{"paper", "strict"} {
		t.Run(rules, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t)
			o := options(t.TempDir(), e)
			o.Rules, o.Pairs = rules, 100
			if _, err := generate(t, o, plan, nil); err != nil {
				t.Fatal(err)
			}
			m, err := shards.ReadManifest(o.RunDir + "/manifest.json")
			if err != nil {
				t.Fatal(err)
			}
			for split, c := range m.Splits { // as an interrupted call with more pairs leaves it
				c.Planned, c.Pending = plan.Len(split), plan.Len(split)-c.Planned
				m.Splits[split] = c
			}
			m.Totals = m.Splits["train"].Add(m.Splits["validation"])
			if err := m.Write(o.RunDir + "/manifest.json"); err != nil {
				t.Fatal(err)
			}
			o.Pairs = 0
			again, err := replayed(t, o, plan, Recording{}, every)
			if err != nil {
				t.Fatal(err)
			}
			same(t, files(t, again), files(t, o.RunDir))
		})
	}
}

// Pairs that were given up stay given up.
func TestReplayOfFailedPairs(t *testing.T) {
	t.Parallel()
	plan := world{train: 60, validation: 20, block: 16}
	e := newEndpoint(t)
	e.write = func(question string) (string, string) {
		if hashOf(question)%5 == 0 {
			return "", "stop"
		}
		return "The first has more: " + question[len(question)-20:], "stop"
	}
	o := options(t.TempDir(), e)
	o.MaxAttempts = 1
	result, err := generate(t, o, plan, nil)
	if err == nil || result.Manifest.Totals.Failed == 0 {
		t.Fatalf("no pair failed: %v, %+v", err, result.Manifest.Totals)
	}
	again, err := replayed(t, o, plan, Recording{}, every)
	if err != nil {
		t.Fatal(err)
	}
	same(t, files(t, again), files(t, o.RunDir))
}

// A judge's rejections follow from the judge's answers.
func TestReplayOfAJudgedRun(t *testing.T) {
	t.Parallel()
	plan := world{train: 150, validation: 40, block: 64}
	o := options(t.TempDir(), newEndpoint(t))
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	judge := newEndpoint(t)
	judge.write = verdictOf
	jo := options(JudgeDir(o.RunDir, "j"), judge)
	jo.Prompt = "judge"
	accepted, _, err := ReadAccepted(o.RunDir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(jo.RunDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := generate(t, jo, accepted, nil); err != nil {
		t.Fatal(err)
	}
	j, err := Recheck(t.Context(), RecheckOptions{RunDir: o.RunDir, Prompt: "paper", Judge: "j", Apply: true, CountTokens: o.CountTokens}, plan)
	if err != nil {
		t.Fatal(err)
	}
	first, err := replayed(t, o, plan, Recording{}, every)
	if err != nil {
		t.Fatal(err)
	}
	plain, m, err := ReadAccepted(first)
	if err != nil {
		t.Fatal(err)
	}
	rec := Recording{Planned: map[string]int64{}, Unjudged: j.Unjudged, Answers: recordingOf(t, jo.RunDir, func(a shards.Answer) bool { return a.Outcome != malformed })}
	for split, c := range m.Splits {
		rec.Planned[split] = c.Accepted
	}
	again := jo
	again.RunDir = JudgeDir(first, "j")
	if err := os.MkdirAll(again.RunDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Replay(t.Context(), again, plain, rec); err != nil {
		t.Fatal(err)
	}
	second, err := replayed(t, o, plan, Recording{Judge: "j", JudgedRun: first}, every)
	if err != nil {
		t.Fatal(err)
	}
	want := files(t, o.RunDir)
	maps.DeleteFunc(want, func(name, _ string) bool { return strings.HasPrefix(name, "judge/") })
	same(t, files(t, second), want)
	rec.Unjudged--
	again.RunDir = t.TempDir()
	var missing *MissingAnswers
	if err := Replay(t.Context(), again, plain, rec); !errors.As(err, &missing) {
		t.Errorf("one judgement too few: %v", err)
	}
}
