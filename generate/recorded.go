package generate

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
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
		return nil, fault.Input("read answers", path, "put it back, or leave the answers out with --no-answers", "the run's answers are gone")
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

// Answer gives the answer to the request of that key, in hex.
func (r *Recorded) Answer(requestSHA256 string) (shards.Answer, error) {
	key, err := hex.DecodeString(requestSHA256)
	if err != nil || len(key) != len(answers.Key{}) {
		return shards.Answer{}, fmt.Errorf("read answers %s: %q is no request key", r.store.Path(), requestSHA256)
	}
	a, found, err := r.store.Get(answers.Key(key))
	if err != nil {
		return shards.Answer{}, err
	}
	if !found || a.Standing < answers.Useless {
		return shards.Answer{}, fault.Input("read answers", r.store.Path(), "put the run's own answers.db back", "no answer to request %s", requestSHA256)
	}
	read, _ := llm.Read(a.Status, nil, a.Body) // why it is useless is its outcome
	return shards.Answer{
		RequestSHA256: requestSHA256, Outcome: a.Outcome, Text: read.Text, FinishReason: a.Finish, ModelServed: a.Model,
		SystemFingerprint: a.Fingerprint, PromptTokens: a.Prompt, CachedTokens: a.Cached, CompletionTokens: a.Completion, ReasoningTokens: a.Reasoning,
	}, nil
}

// Earlier lists, in hex, the requests whose answers led to a second question:
// without them nobody can tell what was asked then.
func (r *Recorded) Earlier() ([]string, error) {
	keys, err := r.store.Keys(answers.Useless, malformed)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = hex.EncodeToString(k[:])
	}
	slices.Sort(out)
	return out, nil
}

// Settings gives what every request carried, and whether rows count the CLIP
// tokens of their text.
func (r *Recorded) Settings() (s shards.Sampling, clipTokens bool) { return r.sampling, r.clipTokens }

// Close gives the store free.
func (r *Recorded) Close() error { return r.store.Close() }
