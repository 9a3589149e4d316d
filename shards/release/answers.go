package release

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

type requestKey [32]byte

func (k requestKey) String() string { return hex.EncodeToString(k[:]) }

// answerSet gathers the recorded answers that a release keeps: those behind its
// rows and, of all others, those that no row names and that decide rows: the
// failed ones, and the malformed ones that led to a second question.
type answerSet struct {
	wanted []requestKey // by rows, and failed or malformed; some more than once
	spill  *spill
}

func newAnswerSet() (*answerSet, error) {
	s, err := newSpill()
	return &answerSet{spill: s}, err
}

// want takes in the request of a row.
func (s *answerSet) want(requestSHA256 string) error {
	key, err := readRequestKey(requestSHA256)
	if err != nil {
		return err
	}
	s.wanted = append(s.wanted, key)
	return nil
}

// add takes in requests that no row names.
func (s *answerSet) add(keys []requestKey) {
	s.wanted = append(s.wanted, keys...)
}

// compare orders keys as their hex forms are ordered.
func (k requestKey) compare(other requestKey) int { return bytes.Compare(k[:], other[:]) }

// readRequestKey reads a key of 64 hex digits, in lower case: each key has one form.
func readRequestKey(requestSHA256 string) (k requestKey, err error) {
	if len(requestSHA256) == hex.EncodedLen(len(k)) && !strings.ContainsAny(requestSHA256, "ABCDEF") {
		if _, err := hex.Decode(k[:], []byte(requestSHA256)); err == nil {
			return k, nil
		}
	}
	return k, fmt.Errorf("%q is no request key", requestSHA256)
}

// gather reads all answers of a run, in any order, and gives those that decide
// rows without being named by one.
func (s *answerSet) gather(ctx context.Context, from AnswerSource) (unnamed []requestKey, err error) {
	for a, err := range from.All(ctx) {
		if err != nil {
			return nil, err
		}
		key, err := readRequestKey(a.RequestSHA256)
		if err != nil {
			return nil, err
		}
		if a.Standing == shards.AnswerFailed || a.Outcome == shards.AnswerMalformed {
			unnamed = append(unnamed, key)
		}
		if err := s.spill.add(key, a); err != nil {
			return nil, err
		}
	}
	return unnamed, s.spill.flush()
}

// write writes the wanted answers, in the order of their keys, into files of so
// many rows: each stands there once, however many pairs share it.
func (w *freezer) writeAnswers(s *answerSet, base, kind string) error {
	slices.SortFunc(s.wanted, requestKey.compare)
	keys := slices.Compact(s.wanted)
	files := (int64(len(keys)) + w.o.RowsPerFile - 1) / w.o.RowsPerFile
	out := &tableSeries[shards.Answer]{w: w, kind: kind, name: func(index int64) string {
		return fmt.Sprintf("responses/%s-%05d-of-%05d.parquet", base, index, files)
	}}
	defer out.abort()
	next := 0
	for a, err := range s.spill.sorted() {
		if err == nil {
			err = w.ctx.Err()
		}
		if err != nil {
			return err
		}
		if next == len(keys) {
			break
		}
		switch order := strings.Compare(a.RequestSHA256, keys[next].String()); {
		case order < 0:
			continue // of no row
		case order > 0:
			return missingAnswer(keys[next])
		}
		next++
		if err := out.write(a); err != nil {
			return err
		}
	}
	if next < len(keys) {
		return missingAnswer(keys[next])
	}
	return out.close()
}

func missingAnswer(k requestKey) error {
	return fault.Input("release", "answers.db", "put the run's own answers back, or leave them out with --no-answers", "no answer to request %s", k)
}
