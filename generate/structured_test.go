package generate

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards/fault"
)

// inJSON answers the structured prompt: some answers carry a fence, some say
// the same in both directions, some are no object until they are asked again,
// and some never are.
func inJSON(question string) (text, finish string) {
	again := question == prompts.Again
	_, captions, _ := strings.Cut(question, "Caption 1: ")
	a, b, _ := strings.Cut(captions, "\nCaption 2: ")
	said := func(first, second string) string {
		return fmt.Sprintf("The first image shows %s; the second image, in contrast, shows %s.", first, second)
	}
	object := func(forward, reversed string) string {
		doc, err := json.Marshal(map[string]string{"kind": "object", "difference": forward, "difference_reversed": reversed})
		if err != nil {
			panic(err)
		}
		return string(doc)
	}
	switch n := hashOf(question) % 20; {
	case again:
		return object(said("a dog of the split", "two cats"), said("two cats", "a dog of the split")), "stop"
	case n == 0:
		return "```json\n" + object(said(a, b), said(b, a)) + "\n```", "stop"
	case n == 1:
		return object(said(a, b), said(a, b)), "stop"
	case n == 2:
		return object(said(a, b), "As an AI, I cannot compare images, because I am only a language model."), "stop"
	case n < 6:
		return said(a, b), "stop"
	}
	return object(said(a, b), said(b, a)), "stop"
}

func TestStructured(t *testing.T) {
	t.Parallel()
	plan := world{train: 150, validation: 30, block: 64}
	run := func(dir string, concurrency int) *endpoint {
		e := newEndpoint(t)
		e.write = inJSON
		o := options(dir, e)
		o.Prompt, o.Concurrency = "structured", concurrency
		if _, err := generate(t, o, plan, &tally{}); err != nil {
			t.Fatal(err)
		}
		if again, err := generate(t, o, plan, &tally{}); err != nil || again.Requests != 0 {
			t.Errorf("the same again sent %d requests: %v", again.Requests, err)
		}
		return e
	}
	dir := t.TempDir()
	e := run(dir, 8)
	m := whole(t, dir, plan, nil)
	other := t.TempDir()
	run(other, 1)
	same(t, files(t, dir), files(t, other))
	if e.asked[prompts.Again] == 0 || m.RejectReasons[malformed] != 0 {
		t.Errorf("%d second questions, rejected %v", e.asked[prompts.Again], m.RejectReasons)
	}
	if m.RejectReasons["reversed_mismatch"] == 0 || m.RejectReasons["reversed_refusal"] == 0 {
		t.Errorf("rejected %v", m.RejectReasons)
	}
	for _, r := range rows(t, dir, "shards") {
		if r.Kind != "object" || !strings.HasPrefix(r.Difference, "The first image shows") || !strings.HasPrefix(r.DifferenceReversed, "The first image shows two cats") {
			t.Fatalf("%+v", r)
		}
	}
	for _, r := range rows(t, dir, "rejected") {
		if r.Kind != "" || r.DifferenceReversed != "" {
			t.Fatalf("%+v", r)
		}
	}
	j, err := Recheck(t.Context(), RecheckOptions{RunDir: dir, Prompt: "structured", CountTokens: options(dir, e).CountTokens}, plan)
	if err != nil || j.Changed != 0 {
		t.Errorf("judged again: %+v, %v", j, err)
	}
}

// A model that never keeps to the form is asked twice about a pair, not more.
func TestNeverStructured(t *testing.T) {
	t.Parallel()
	plan := world{train: 40, block: 64}
	dir, e := t.TempDir(), newEndpoint(t)
	e.write = func(q string) (string, string) { return "The first image, hm.", "stop" }
	o := options(dir, e)
	o.Prompt = "structured"
	result, err := generate(t, o, plan, &tally{})
	if err != nil {
		t.Fatal(err)
	}
	m := whole(t, dir, plan, nil)
	if m.RejectReasons[malformed] != 40 || result.Requests+result.Reused <= 40 || result.Requests > 80 {
		t.Errorf("%d requests, rejected %v", result.Requests, m.RejectReasons)
	}
}

// A run that stops between the two questions goes on with the second.
func TestStoppedBeforeTheSecondQuestion(t *testing.T) {
	t.Parallel()
	plan := world{train: 60, block: 64}
	dir, e := t.TempDir(), newEndpoint(t)
	e.write = inJSON
	e.set(func(q string, _ int) string {
		if q == prompts.Again {
			return "quota"
		}
		return ""
	})
	o := options(dir, e)
	o.Prompt, o.Concurrency = "structured", 1
	if _, err := generate(t, o, plan, &tally{}); fault.ExitCode(err) != fault.Incomplete {
		t.Fatal(err)
	}
	first := e.requests() - e.asked[prompts.Again]
	e.set(nil)
	if _, err := generate(t, o, plan, &tally{}); err != nil {
		t.Fatal(err)
	}
	want := t.TempDir()
	o.RunDir = want
	if _, err := generate(t, o, plan, &tally{}); err != nil {
		t.Fatal(err)
	}
	same(t, files(t, dir), files(t, want))
	if first == 0 {
		t.Error("nothing was asked before the stop")
	}
}

func TestRewriteNeedsItsRules(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t)
	o := options(t.TempDir(), e)
	o.Prompt = "rewrite"
	var f *fault.Error
	if _, err := generate(t, o, world{train: 3, block: 4}, nil); !errors.As(err, &f) || fault.ExitCode(err) != fault.Usage || e.requests() != 0 {
		t.Errorf("%v", err)
	}
}
