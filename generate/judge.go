package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/generate/llm"
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
	verdict check.Verdict
}

func (r *run) judge(a answers.Answer, p shards.Pair) (ruling, error) {
	read, err := llm.Read(a.Status, nil, a.Body)
	switch {
	case a.Standing == answers.Usable && err == nil:
		return ruling{a, read.Text, r.check(read.Text, p.CaptionA, p.CaptionB)}, nil
	case a.Standing == answers.Useless:
		return ruling{a, read.Text, check.Verdict{Text: read.Text, Reason: a.Outcome}}, nil
	}
	return ruling{}, fmt.Errorf("judge answer %x: it settles nothing (%s)", a.Key, a.Outcome)
}

// check applies the rules to an answer about two captions.
func (r *run) check(text, captionA, captionB string) check.Verdict {
	return r.rules.CheckIn(check.Context{CaptionA: captionA, CaptionB: captionB, Tokens: r.o.CountTokens}, text)
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
		SystemFingerprint: a.Fingerprint, Seed: r.o.Seed, FinishReason: a.Finish, PromptTokens: a.Prompt, CompletionTokens: a.Completion,
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
	if r.o.CountTokens != nil && v.Text != "" {
		n := int32(r.o.CountTokens(v.Text))
		row.ClipTokens = &n
	}
	return row
}
