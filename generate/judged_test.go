package generate

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards/fault"
)

// verdictOf answers a judge's question: it finds the claim of the first image in
// the captions, doubts every eighth text, takes every ninth the wrong way round
// and answers some without the object.
func verdictOf(question string) (text, finish string) {
	if question == prompts.Again {
		return "It is right, I say.", "stop"
	}
	_, rest, _ := strings.Cut(question, "Description: ")
	description, rest, _ := strings.Cut(rest, "\nCaption 1: ")
	one, _, _ := strings.Cut(rest, "\nCaption 2: ")
	first := 2
	if claim, _, _ := strings.Cut(description, ";"); strings.Contains(claim, one) {
		first = 1
	}
	switch n := hashOf(description); {
	case n%8 == 0:
		return fmt.Sprintf(`{"first": %d, "supported": false}`, first), "stop"
	case n%9 == 0:
		return fmt.Sprintf(`{"first": %d, "supported": true}`, 3-first), "stop"
	case n%10 == 0:
		return "I think it is right.", "stop"
	}
	return fmt.Sprintf(`{"first": %d, "supported": true}`, first), "stop"
}

func TestJudge(t *testing.T) {
	t.Parallel()
	plan := world{train: 150, validation: 40, block: 64}
	dir, e := t.TempDir(), newEndpoint(t)
	o := options(dir, e)
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	judge := func(concurrency int) (string, map[string]string) {
		name := fmt.Sprint("by", concurrency)
		rows, _, err := ReadAccepted(dir)
		if err != nil {
			t.Fatal(err)
		}
		e := newEndpoint(t)
		e.write = verdictOf
		jo := options(JudgeDir(dir, name), e)
		jo.Prompt, jo.Concurrency = "judge", concurrency
		if err := os.MkdirAll(jo.RunDir, 0o755); err != nil {
			t.Fatal(err)
		}
		result, err := generate(t, jo, rows, &tally{})
		if err != nil {
			t.Fatal(err)
		}
		m := result.Manifest
		if m.Totals.Pending+m.Totals.Failed > 0 || m.RejectReasons[JudgedOrder] == 0 || m.RejectReasons[JudgedUnsupported] == 0 || m.RejectReasons[malformed] == 0 || m.Run.Rules != judgeRules {
			t.Errorf("judged: %+v, %v", m.Totals, m.RejectReasons)
		}
		return name, files(t, jo.RunDir)
	}
	name, one := judge(1)
	_, eight := judge(8)
	same(t, one, eight)
	recheck := func(rules, name string, apply bool) Judgement {
		t.Helper()
		j, err := Recheck(t.Context(), RecheckOptions{RunDir: dir, Prompt: "paper", Rules: rules, Judge: name, Apply: apply, CountTokens: o.CountTokens}, plan)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	before := files(t, dir)
	j := recheck("", name, true)
	if j.Rejected[JudgedOrder] == 0 || j.Rejected[JudgedUnsupported] == 0 || j.Unjudged == 0 || j.Changed != j.Rejected[JudgedOrder]+j.Rejected[JudgedUnsupported] {
		t.Errorf("applied: %+v", j)
	}
	for _, r := range rows(t, dir, "shards") {
		if n := hashOf(r.Difference); n%8 == 0 || n%9 == 0 {
			t.Fatalf("still accepted: %s", r.Difference)
		}
	}
	if again := recheck("", "", false); again.Changed != 0 || again.Rules != "paper/1+judge/by1" {
		t.Errorf("judged again: %+v", again)
	}
	if _, err := generate(t, o, plan, nil); fault.ExitCode(err) != fault.Usage {
		t.Errorf("a judged run went on by other rules: %v", err)
	}
	recheck("paper", "", true)
	same(t, files(t, dir), before)
}

func TestJudgeRefuses(t *testing.T) {
	t.Parallel()
	plan := world{train: 20, block: 8}
	dir, e := t.TempDir(), newEndpoint(t)
	if _, _, err := ReadAccepted(dir); fault.ExitCode(err) != fault.Usage {
		t.Errorf("no run: %v", err)
	}
	o := options(dir, e)
	o.Prompt = "judge"
	if _, err := generate(t, o, plan, nil); fault.ExitCode(err) != fault.Usage {
		t.Errorf("a plan of pairs: %v", err)
	}
	o.Prompt = "paper"
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := Recheck(t.Context(), RecheckOptions{RunDir: dir, Prompt: "paper", Judge: "nobody", CountTokens: o.CountTokens}, plan); fault.ExitCode(err) != fault.Usage {
		t.Errorf("no such judge: %v", err)
	}
	rows, _, err := ReadAccepted(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Pair("train", rows.Len("train")); err == nil {
		t.Error("a row beyond the last")
	}
	if _, err := generate(t, options(t.TempDir(), e), rows, nil); fault.ExitCode(err) != fault.Usage {
		t.Errorf("rows for another prompt: %v", err)
	}
}
