package check

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/pcclip/pcclip/shards/fault"
)

// good is an answer that every rule lets pass; 88 characters.
const good = "The first image shows a dog on a beach, while the second image shows two cats on a sofa."

func TestPaper(t *testing.T) {
	rest := strings.TrimPrefix(good, "The ")
	for _, tt := range []struct {
		name, in string
		text     string // "" means: as it came
		repairs  string
		reason   string
	}{
		{name: "good", in: good},
		{name: "apostrophe", in: "The first image's dog isn't asleep, unlike the second image's dog, which is asleep."},
		{name: "number inside", in: "The first image has 3 dogs and costs 2.5 times more than the 1000 cats in the second image."},
		{name: "number first", in: "3 dogs are in the first image, but only 1 dog is in the second image, on a red sofa."},
		{name: "decimal first", in: "2.5 times more dogs are in the first image than in the second image on the red sofa."},
		{name: "very very very", in: "The first image is very very very bright compared with the second image, which is dark."},
		{name: "ellipsis", in: "The first image shows a dog... The second image shows two cats lying on a large sofa."},
		{name: "em dash in ASCII", in: "The first image shows a dog -- the second image shows two cats lying on a large sofa."},
		{name: "notebook", in: "The first image shows a Notebook and a note, while the second image shows a red sofa."},
		{name: "cannot be seen", in: "The first image shows a dog that cannot be seen in the second image, which has a cat."},
		{name: "60 characters", in: "The first image has a dog, and the second image has two cats."[1:]},

		{name: "59 characters", in: "The first image has a dog, and the second image has two cats."[2:], reason: "too_short"},
		{name: "empty", in: "", reason: "empty"},
		{name: "blank", in: " \n\t ", reason: "empty"},
		{name: "three newlines", in: "\n\n\n" + good, reason: "empty"},
		{name: "three CRLF", in: "\r\n\r\n\r\n" + good, reason: "empty"},
		{name: "think", in: "<think>Let me see.</think>" + good, reason: "reasoning"},
		{name: "open think", in: "<think>Let me see the two captions and compare what they say about the dogs", reason: "reasoning"},
		{name: "as an AI", in: "As an AI language model, I have no eyes, but the first image shows a dog and no cat.", reason: "refusal"},
		{name: "sorry", in: "I'm sorry, but I can't compare the two images because I have only seen their captions.", reason: "refusal"},
		{name: "cannot view", in: "I cannot view images directly, so there is no way for me to say how the two differ here.", reason: "refusal"},
		{name: "curly sorry", in: "I\u2019m sorry, but I can\u2019t compare the two images because I have only seen captions.", reason: "refusal"},
		{name: "include", in: "#include <stdio.h> " + good, reason: "code"},
		{name: "define", in: good + " # define X", reason: "code"},
		{name: "paragraph tag", in: "<p>" + good + "</p>", reason: "html"},
		{name: "break tag", in: good + "<BR />", reason: "html"},
		{name: "chat marker", in: good + "<|im_end|>", reason: "special_token"},
		{name: "instruction marker", in: good + " [/INST]", reason: "special_token"},
		{name: "bold", in: "**Difference** " + good, reason: "markdown"},
		{name: "bullet", in: "* " + good, reason: "markdown"},
		{name: "ruler line", in: good + "\n---\n" + good, reason: "ruler"},
		{name: "ruler inside", in: good + " ===== " + good, reason: "ruler"},
		{name: "URL", in: good + " See http://example.org", reason: "web"},
		{name: "www", in: good + " See www.example.org", reason: "web"},
		{name: "boilerplate", in: good + " All rights reserved.", reason: "web"},
		{name: "zeros", in: good + " 10000 dogs", reason: "digits"},
		{name: "ones", in: good + " 11112 dogs", reason: "digits"},
		{name: "million", in: good + " 1234567 dogs", reason: "digits"},
		{name: "digits joined by cleaning", in: good + " 10#000", reason: "digits"},
		{name: "clock", in: good + " It is 12:30 there.", reason: "clock"},
		{name: "braces", in: good + " {{x}}", reason: "braces"},
		{name: "quotes", in: good + ` ""`, reason: "braces"},
		{name: "code fence", in: "```" + good + "```", reason: "braces"},
		{name: "letters", in: good + " ttttt", reason: "repetition"},
		{name: "exclamations", in: good + " Yes!!!", reason: "repetition"},
		{name: "mixed marks", in: good + " Yes?!?", reason: "repetition"},
		{name: "dots", in: good + "....", reason: "repetition"},
		{name: "word loop", in: good + " th th th th", reason: "repetition"},
		{name: "phrase loop", in: good + strings.Repeat(" and the dog", 3), reason: "repetition"},
		{name: "sentence loop", in: strings.Repeat("the dog is on the big sofa ", 3), reason: "repetition"},
		{name: "landing page", in: good + " Design a landing page.", reason: "off_topic"},
		{name: "100 %", in: good + " This works 100% of the time.", reason: "off_topic"},
		{name: "echo", in: "Description: " + good, reason: "echo"},
		{name: "echo of a caption", in: "Caption 1: a dog. " + good, reason: "echo"},
		{name: "curly quote", in: "The first image\u2019s dog is on a beach, while the second image shows two cats on a sofa.", reason: "non_ascii"},
		{name: "Chinese", in: good + "\u72d7", reason: "non_ascii"},
		{name: "broken UTF-8", in: good + "\xff", reason: "non_ascii"},
		{name: "control character", in: good + "\x00", reason: "non_ascii"},
		{name: "nothing left", in: "Q: " + good, reason: "too_short"},

		{name: "ends trimmed", in: "  " + good + " ", text: good, repairs: "space"},
		{name: "last newline", in: good + "\n", text: good, repairs: "newline,space"},
		{name: "newline inside", in: "The\n" + rest, text: good, repairs: "newline"},
		{name: "CRLF inside", in: "The\r\n" + rest, text: good, repairs: "newline"},
		{name: "tab", in: "The\t" + rest, text: good, repairs: "tab"},
		{name: "many spaces", in: "The     " + rest, text: good, repairs: "space"},
		{name: "answer prefix", in: "Answer: " + good, text: good, repairs: "prefix,space"},
		{name: "letter prefix", in: "A:" + good, text: good, repairs: "prefix"},
		{name: "number prefix", in: "1. " + good, text: good, repairs: "prefix"},
		{name: "item prefix", in: "#1: " + good, text: good, repairs: "prefix"},
		{name: "two prefixes", in: "Answer: 1) " + good, text: good, repairs: "prefix,space"},
		{name: "hash", in: "# " + good, text: good, repairs: "hash,space"},
		{name: "full stop first", in: "." + good, text: good, repairs: "full_stop"},
		{name: "question", in: good + " Q: What about birds?", text: good, repairs: "cut_question,space"},
		{name: "pleasantry", in: good + " I hope this helps", text: good, repairs: "cut_pleasantry,space"},
		{name: "pleasantry over lines", in: good + " I\nhope this helps", text: good, repairs: "cut_pleasantry,newline,space"},
		{name: "second item", in: "#1: " + good + " #2: more", text: good, repairs: "cut_second_item,prefix,space"},
		{name: "note", in: good + "\n\nNote: from the captions", text: good, repairs: "cut_note,newline,space"},
		{name: "first of several", in: good + " Note Q: I hope", text: good, repairs: "cut_question,cut_note,space"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.text
			if want == "" {
				want = tt.in
			}
			got := sets["paper"].Check(tt.in)
			if got.Text != want || strings.Join(got.Repairs, ",") != tt.repairs || got.Reason != tt.reason {
				t.Errorf("Check(%q)\n got %+v\nwant %q, repairs %q, reason %q", tt.in, got, want, tt.repairs, tt.reason)
			}
		})
	}
}

func TestNames(t *testing.T) {
	r, err := Get("paper")
	if err != nil || r.Version() == "" || !slices.Equal(Names(), []string{"caption", "none", "paper", "strict"}) {
		t.Errorf("paper: %v, %v", r, err)
	}
	if _, err := Get("papers"); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "paper") {
		t.Errorf("unknown rules: %v", err)
	}
	for name, r := range sets {
		all := append(r.Reasons(), r.Repairs()...)
		slices.Sort(all)
		if len(slices.Compact(all)) != len(r.Reasons())+len(r.Repairs()) {
			t.Errorf("two rules of %s share a name", name)
		}
	}
}

// known is a context in which every rule applies.
var known = Context{CaptionA: "A dog on a beach.", CaptionB: "Two cats on a sofa.", Tokens: func(s string) int { return len(strings.Fields(s)) + 2 }}

// holds is what must be true of every text.
func holds(t interface{ Fatalf(string, ...any) }, in string) {
	for name, r := range sets {
		for _, c := range []Context{{}, known} {
			v := r.CheckIn(c, in)
			again := r.CheckIn(c, v.Text)
			if again.Text != v.Text || again.Reason != v.Reason || len(again.Repairs) != 0 {
				t.Fatalf("%s: CheckIn(%q) = %+v, but checked again %+v", name, in, v, again)
			}
			if v.Accepted() && !fit(name, v.Text, in) {
				t.Fatalf("%s: CheckIn(%q) accepted %q", name, in, v.Text)
			}
			if !v.Accepted() && (v.Text != in || !slices.Contains(r.Reasons(), v.Reason)) {
				t.Fatalf("%s: CheckIn(%q) rejected as %+v", name, in, v)
			}
		}
	}
}

// fit tells whether a rule set may have made text of in and accepted it.
func fit(name, text, in string) bool {
	if name == "none" {
		return text == strings.TrimSpace(in) && text != ""
	}
	if name != "paper" {
		return (name == "caption" || !oneImage(text)) && utf8.RuneCountInString(text) >= 20 && len(text) <= len(in) && utf8.ValidString(text) && typography.Replace(text) == text
	}
	return len(text) >= 60 && len(text) <= len(in) && nonASCIIAt(text) < 0 && !strings.ContainsAny(text, "\n\r\t#*")
}

// find may skip a search only where the search finds nothing.
func TestNeedsHideNothing(t *testing.T) {
	pieces := strings.Split("<think>|I'm sorry, but|as an AI|I cannot view|#include|<br>|<|im|>|[INST]|*|---|=====|http://|www.|10000|12:30|{{|''|repeat |Landing Page|"+
		"100% of the time|Description:|Caption 1:|Q:|I hope|#2:|Note|SUBSCRIBE TO|Python script|a |b |\n| |"+
		"def f(|{|\\boxed|import os|<span>|&amp;|### User|__b|](|- a|2. |me@x.org|User:|Let me know if|Note:|no mention of|unspecified|"+
		"based on the captions|without seeing the images|without looking at the photos|does not state|didn't specify|as described in|can be assumed|not possible to say|is not stated|cannot be determined|hard to tell|one or two sentences|at most 9 words|captions of two images", "|")
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "parts"), "")
		for _, r := range slices.Concat(sets["paper"].drops, sets["paper"].cuts, sets["strict"].drops, sets["strict"].cuts) {
			if got, want := r.find(text, lowered(text)), r.at(text); got != want {
				t.Fatalf("%s in %q: %d, searched %d", r.name, text, got, want)
			}
		}
	})
}

func TestCheckedTwiceIsCheckedOnce(t *testing.T) {
	pieces := []string{
		good, "The dog ", "#", "2", "1", ":", "Q", "I", "hope", "Note", "Answer", "A:", " ", "  ", "\n", "\r", "\t", ".", ")",
		"0", "the cat is on the red sofa and ", "=", "-", "<", "p>", "!", "caption ", "description", "\u00e9",
		"The first image ", "the second image ", "shows a ", "\u2019", "\u201c", `"`, "\u2014", "\u2026", "Sure! ", "Here is the difference: ", "Note:", "User:", "\u72d7", "\u200b",
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "parts")
		holds(t, strings.Join(parts, ""))
	})
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{good, "#1: " + good + " #2: x", "Answer:\n" + good + "\tQ\n:", "1\n000" + good, "Sure! Here is the difference: \u201c" + good + "\u201d Note: x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { holds(t, s) })
}

func BenchmarkCheck(b *testing.B) {
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				sets[name].CheckIn(known, good)
			}
		})
	}
}
