package generate

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// MissingAnswers is the error of a replay that lacks answers.
type MissingAnswers struct {
	Keys  []string // of the first requests without an answer, in hex
	Total int64
}

// maxMissing bounds the keys that MissingAnswers names.
const maxMissing = 20

// Error names the first keys.
func (e *MissingAnswers) Error() string {
	return fmt.Sprintf("%d answers are missing, of the requests %v", e.Total, e.Keys)
}

// Replay writes the shards, rejected rows and manifest of a run from recorded
// answers, without a request, into the empty folder o.RunDir. With the plan, the
// options, the planned texts of each split and the answers of a finished run it
// gives that run's bytes. Where answers are missing, the error wraps a
// *MissingAnswers.
func Replay(ctx context.Context, o Options, plan Plan, planned map[string]int64, recorded iter.Seq2[shards.Answer, error]) (err error) {
	r := &run{o: o, plan: Replicated(plan, o.Replicates), progress: silent{}, reasons: map[string]int64{}, records: map[string]*record{}}
	if err := r.prepare(); err != nil {
		return err
	}
	if err := fillStore(ctx, r.file("answers.db"), recorded); err != nil {
		return err
	}
	if r.store, err = answers.Open(r.file("answers.db")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.store.Close()) }()
	if err := r.sameSettings(nil); err != nil {
		return err
	}
	r.relayout(planned)
	missing := &MissingAnswers{}
	for _, b := range r.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.replayBlock(b, missing); err != nil {
			return err
		}
	}
	if missing.Total > 0 {
		return &fault.Error{Op: "replay", Err: missing, Hint: "the answers must be those of the same plan and settings"}
	}
	return r.writeManifest()
}

// replayBlock seals a block, or takes note of the answers that it lacks.
func (r *run) replayBlock(b *block, missing *MissingAnswers) error {
	lacks := false
	for k := range b.n {
		pair, err := r.plan.Pair(b.split, b.from+k)
		if err != nil {
			return fmt.Errorf("read pair %d of %s: %w", b.from+k, b.split, err)
		}
		key, _, _, err := r.request(pair)
		if err != nil {
			return err
		}
		if r.store.Standing(key) >= answers.Useless {
			continue
		}
		lacks = true
		if missing.Total++; len(missing.Keys) < maxMissing {
			missing.Keys = append(missing.Keys, hex.EncodeToString(key[:]))
		}
	}
	if lacks || missing.Total > 0 {
		return nil
	}
	return r.sealNext(b)
}

// fillStore makes an answer store of recorded answers.
func fillStore(ctx context.Context, path string, recorded iter.Seq2[shards.Answer, error]) error {
	store, err := answers.Open(path)
	if err != nil {
		return err
	}
	var failed error // of a commit
	for a, err := range recorded {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return errors.Join(err, store.Close())
		}
		stored, err := storedAnswer(a)
		if err != nil {
			return errors.Join(err, store.Close())
		}
		store.Append(stored, func(err error) { failed = errors.Join(failed, err) })
	}
	return errors.Join(store.Close(), failed)
}

// storedAnswer gives a recorded answer as the store keeps it. Its body is made
// anew, and reads as the first one did.
func storedAnswer(a shards.Answer) (answers.Answer, error) {
	key, err := hex.DecodeString(a.RequestSHA256)
	if err != nil || len(key) != len(answers.Key{}) {
		return answers.Answer{}, fmt.Errorf("read answers: %q is no request key", a.RequestSHA256)
	}
	body, err := json.Marshal(map[string]any{
		"choices": []any{map[string]any{"message": map[string]any{"content": a.Text}, "finish_reason": a.FinishReason}},
	})
	if err != nil {
		return answers.Answer{}, fmt.Errorf("write answer %s: %w", a.RequestSHA256, err)
	}
	s := answers.Answer{
		Key: answers.Key(key), Standing: answers.Useless, Outcome: a.Outcome, Attempt: 1, Status: 200, Model: a.ModelServed, Fingerprint: a.SystemFingerprint,
		Finish: a.FinishReason, Prompt: a.PromptTokens, Cached: a.CachedTokens, Completion: a.CompletionTokens, Reasoning: a.ReasoningTokens,
		Received: time.Unix(0, 0), Body: body,
	}
	read, err := llm.Read(s.Status, nil, s.Body)
	if a.Outcome == usable {
		s.Standing = answers.Usable
	} else {
		err = nil // it says why it is useless
	}
	if err != nil || read.Text != a.Text {
		return answers.Answer{}, fmt.Errorf("read answer %s: its text cannot have come with the outcome %q", a.RequestSHA256, a.Outcome)
	}
	return s, nil
}
