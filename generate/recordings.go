package generate

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/shards"
)

// recordings are the answers of a release, for a replay. They lie in a file that
// has no name; about 50 bytes an answer are in memory. Notes are not kept.
type recordings struct {
	file    *os.File
	keys    []answers.Key // sorted, as a release holds them
	entries []entry
}

type entry struct {
	at       int64
	size     uint32
	standing answers.Standing
}

// recordAnswers writes answers, which come in the order of their keys, to a file in dir.
func recordAnswers(ctx context.Context, dir string, all iter.Seq2[shards.Answer, error]) (r *recordings, err error) {
	r = &recordings{}
	if r.file, err = os.CreateTemp(dir, ".recorded-*"); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	if err := os.Remove(r.file.Name()); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	out, at, doc := bufio.NewWriterSize(r.file, 1<<18), int64(0), []byte(nil)
	for a, err := range all {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		s, err := recorded(a)
		if err != nil {
			return nil, err
		}
		if n := len(r.keys); n > 0 && string(r.keys[n-1][:]) >= string(s.Key[:]) {
			return nil, fmt.Errorf("read answers: %s stands out of order", a.RequestSHA256)
		}
		doc = a.Append(doc[:0])
		if _, err := out.Write(doc); err != nil {
			return nil, fmt.Errorf("replay: %w", err)
		}
		r.keys, r.entries = append(r.keys, s.Key), append(r.entries, entry{at, uint32(len(doc)), s.Standing})
		at += int64(len(doc))
	}
	if err := out.Flush(); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return r, nil
}

// recorded gives an answer of a release as a store would read it.
func recorded(a shards.Answer) (settled, error) {
	key, err := hex.DecodeString(a.RequestSHA256)
	if err != nil || len(key) != len(answers.Key{}) {
		return settled{}, fmt.Errorf("read answers: %q is no request key", a.RequestSHA256)
	}
	standing := map[string]answers.Standing{shards.AnswerUsable: answers.Usable, shards.AnswerUseless: answers.Useless, shards.AnswerFailed: answers.Failed}[a.Standing]
	if standing == answers.Unasked || (standing == answers.Usable) != (a.Outcome == usable) {
		return settled{}, fmt.Errorf("read answer %s: its standing %q does not go with the outcome %q", a.RequestSHA256, a.Standing, a.Outcome)
	}
	return settled{answers.Answer{
		Key: answers.Key(key), Standing: standing, Outcome: a.Outcome, Model: a.ModelServed, Fingerprint: a.SystemFingerprint, Finish: a.FinishReason,
		Prompt: a.PromptTokens, Cached: a.CachedTokens, Completion: a.CompletionTokens, Reasoning: a.ReasoningTokens,
	}, a.Text}, nil
}

func (r *recordings) find(k answers.Key) (int, bool) {
	return slices.BinarySearchFunc(r.keys, k, func(a, b answers.Key) int { return bytes.Compare(a[:], b[:]) })
}

// Path names the file in errors.
func (r *recordings) Path() string { return "responses" }

// Standing gives the standing of a request's answer.
func (r *recordings) Standing(k answers.Key) answers.Standing {
	i, ok := r.find(k)
	if !ok {
		return answers.Unasked
	}
	return r.entries[i].standing
}

func (r *recordings) settled(k answers.Key) (settled, error) {
	i, ok := r.find(k)
	if !ok {
		return settled{}, nil
	}
	doc := make([]byte, r.entries[i].size)
	if _, err := r.file.ReadAt(doc, r.entries[i].at); err != nil {
		return settled{}, fmt.Errorf("replay: %w", err)
	}
	var a shards.Answer
	a.Take(doc)
	return recorded(a)
}

// Note keeps nothing.
func (r *recordings) Note(string, []byte) error { return nil }

// Close gives the file free.
func (r *recordings) Close() error { return r.file.Close() }
