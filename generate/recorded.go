package generate

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Recorded is the stored answers of a run, opened for reading. Close it.
type Recorded struct {
	sampling   shards.Sampling
	clipTokens bool
	store      *answers.Store
}

// OpenRecorded opens the answers of a run.
func OpenRecorded(runDir string) (*Recorded, error) {
	path := filepath.Join(runDir, "answers.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) { // opening would make one
		return nil, fault.Input("read answers", path, "put it back, or leave the answers out with --no-answers", "the run's answers are gone: %w", fs.ErrNotExist)
	}
	store, err := answers.Open(path)
	if err != nil {
		return nil, err
	}
	r := &Recorded{store: store}
	if err := r.readSettings(); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return r, nil
}

func (r *Recorded) readSettings() error {
	notes, err := r.store.Notes()
	if err != nil {
		return err
	}
	var s struct {
		shards.Sampling
		ClipTokens bool `json:"clip_tokens"`
	}
	if err := json.Unmarshal(notes[settingsNote], &s); err != nil {
		return fmt.Errorf("read settings of %s: %w", r.store.Path(), err)
	}
	r.sampling, r.clipTokens = s.Sampling, s.ClipTokens
	return nil
}

// All gives what came of every request that is settled, each once, in the order
// in which the answers came.
func (r *Recorded) All(ctx context.Context) iter.Seq2[shards.Answer, error] {
	return func(yield func(shards.Answer, error) bool) {
		for a, err := range r.store.Settled(ctx) {
			out := shards.Answer{}
			if err == nil {
				out, err = released(a)
			}
			if !yield(out, err) || err != nil {
				return
			}
		}
	}
}

// released gives a stored answer as a release keeps it. Of a failure that is what
// it was alone: its body is of the endpoint and of the moment.
func released(a answers.Answer) (shards.Answer, error) {
	out := shards.Answer{RequestSHA256: hex.EncodeToString(a.Key[:]), Standing: shards.AnswerFailed, Outcome: a.Outcome}
	if a.Standing == answers.Failed {
		return out, nil
	}
	s, err := readStored(a)
	if err != nil {
		return out, err
	}
	out.Standing = shards.AnswerUseless
	if a.Standing == answers.Usable {
		out.Standing = shards.AnswerUsable
	}
	out.Text, out.FinishReason, out.ModelServed, out.SystemFingerprint = s.said, a.Finish, a.Model, a.Fingerprint
	out.PromptTokens, out.CachedTokens, out.CompletionTokens, out.ReasoningTokens = a.Prompt, a.Cached, a.Completion, a.Reasoning
	return out, nil
}

// Settings gives what every request carried, and whether rows count the CLIP
// tokens of their text.
func (r *Recorded) Settings() (s shards.Sampling, clipTokens bool) { return r.sampling, r.clipTokens }

// Close gives the store free.
func (r *Recorded) Close() error { return r.store.Close() }
