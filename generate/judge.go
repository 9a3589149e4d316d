package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
)

// usable is the outcome of an answer with a text.
const usable = "ok"

// useless are the kinds of answers that came back whole and can be no row: to
// ask the same again would most likely bring the same.
var useless = map[llm.Kind]bool{llm.Length: true, llm.Refusal: true, llm.ContentFiltered: true, llm.ReasoningOnly: true}

// standing tells what came of a request and names it. Passing means that
// nothing is settled.
func standing(a llm.Answer, e *llm.Error, maxTokens int) (answers.Standing, string) {
	switch {
	case e == nil && maxTokens > 0 && a.Usage.Completion != nil && *a.Usage.Completion >= int64(maxTokens):
		// Some servers cut an answer and call it finished.
		return answers.Useless, string(llm.Length)
	case e == nil:
		return answers.Usable, usable
	case useless[e.Kind]:
		return answers.Useless, string(e.Kind)
	}
	return answers.Passing, string(e.Kind)
}

// ruling is an answer that settles its request, read and judged.
type ruling struct {
	stored  answers.Answer
	said    string // the text as the model gave it
	answer  prompts.Answer
	verdict check.Verdict // of the difference
}

// judge applies the rules to an answer that settles its request.
func (r *run) judge(a settled, p shards.Pair) ruling {
	g := ruling{stored: a.Answer, said: a.said}
	if a.Standing == answers.Useless {
		g.verdict = check.Verdict{Text: a.said, Reason: a.Outcome}
		return g
	}
	if c, found := r.verdicts.take(a.said, p); found {
		g.answer, g.verdict = c.answer, c.verdict
	} else {
		g.answer, g.verdict = r.check(a.said, p)
	}
	return g
}

// reversedBegin stands before the reason for which the reversed text is rejected.
const reversedBegin = "reversed_"

// check takes an answer about a pair apart and applies the rules to its texts.
// Of a rejected answer only the verdict counts.
func (r *run) check(text string, p shards.Pair) (prompts.Answer, check.Verdict) {
	if r.prompt.Form == prompts.Judge {
		return prompts.Answer{}, sentence(text, p)
	}
	a, err := r.prompt.Parse(text)
	if err != nil {
		return a, check.Verdict{Text: text, Reason: malformed}
	}
	told := values(p)
	c := check.Context{CaptionA: told.CaptionA, CaptionB: told.CaptionB, Tokens: r.o.CountTokens}
	if second, asked := r.prompt.SecondFirst(told); asked {
		c.Order = check.FirstFirst
		if second {
			c.Order = check.SecondFirst
		}
	}
	// What was not in the question, the answer need not speak of.
	inA, inB := r.prompt.Captions()
	if !inA {
		c.CaptionA = ""
	}
	if !inB {
		c.CaptionB = ""
	}
	v := r.rules.CheckIn(c, a.Difference)
	if !v.Accepted() || r.prompt.Form != prompts.Structured {
		return a, v
	}
	c.CaptionA, c.CaptionB = c.CaptionB, c.CaptionA
	back := r.rules.CheckIn(c, a.Reversed)
	switch {
	case !back.Accepted():
		v = check.Verdict{Text: text, Reason: reversedBegin + back.Reason}
	case !r.rules.Consistent(v.Text, back.Text):
		v = check.Verdict{Text: text, Reason: check.ReversedMismatch}
	}
	a.Reversed = back.Text
	return a, v
}

// row puts a pair and its ruling together. The number of attempts stays out: it
// tells how the network felt, and would make the bytes of a shard depend on it.
func (r *run) row(p shards.Pair, g ruling) shards.Row {
	a := g.stored
	row := shards.Row{
		PairID: p.PairID, Split: p.Split, Source: p.Source, ImageIDA: p.ImageIDA, ImageIDB: p.ImageIDB,
		FileNameA: p.FileNameA, FileNameB: p.FileNameB, CaptionIDA: p.CaptionIDA, CaptionIDB: p.CaptionIDB,
		CaptionA: p.CaptionA, CaptionB: p.CaptionB, ImageLicenseA: p.ImageLicenseA, ImageLicenseB: p.ImageLicenseB,
		PromptID: r.prompt.ID, PromptSHA256: r.prompt.SHA256,
		RequestSHA256: hex.EncodeToString(a.Key[:]), ModelRequested: r.o.Model, ModelServed: a.Model,
		SystemFingerprint: a.Fingerprint, Seed: r.o.seed(p.Replicate), FinishReason: a.Finish, PromptTokens: a.Prompt, CompletionTokens: a.Completion,
	}
	if g.said != "" {
		// The text and not the body, which carries an id and a clock: the same
		// words hash the same when they are asked for again.
		sum := sha256.Sum256([]byte(g.said))
		row.ResponseSHA256 = hex.EncodeToString(sum[:])
	}
	return r.redo(row, g)
}

// redo puts a ruling into a row.
func (r *run) redo(row shards.Row, g ruling) shards.Row {
	v := g.verdict
	row.Difference, row.Repairs, row.RejectReason, row.ClipTokens = v.Text, strings.Join(v.Repairs, ","), v.Reason, nil
	row.DifferenceReversed, row.Kind = "", ""
	if v.Accepted() {
		row.DifferenceReversed, row.Kind = g.answer.Reversed, g.answer.Kind
	}
	if r.o.CountTokens != nil && v.Text != "" {
		n := int32(r.o.CountTokens(v.Text))
		row.ClipTokens = &n
	}
	return row
}
