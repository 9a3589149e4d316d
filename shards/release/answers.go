package release

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
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

// maxPromised bounds the memory that is laid out for what a manifest promises: it
// may promise anything.
const maxPromised = 1 << 22

// newAnswerSet makes a set with room for the answers behind so many rows.
func newAnswerSet(rows int64) (*answerSet, error) {
	s, err := newSpill()
	return &answerSet{wanted: make([]requestKey, 0, min(rows, maxPromised)), spill: s}, err
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
	whole := len(requestSHA256) == hex.EncodedLen(len(k))
	for i := 0; whole && i < len(requestSHA256); i += 2 {
		high, low := hexValue[requestSHA256[i]], hexValue[requestSHA256[i+1]]
		k[i/2], whole = high<<4|low, high|low < 16
	}
	if !whole {
		return requestKey{}, fmt.Errorf("%q is no request key", requestSHA256)
	}
	return k, nil
}

// hexValue gives the value of each digit, 255 of other bytes.
var hexValue = func() (v [256]byte) {
	for c := range v {
		v[c] = 255
	}
	for n, c := range []byte("0123456789abcdef") {
		v[c] = byte(n)
	}
	return v
}()

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
	for part, err := range s.spill.sorted() {
		if err = errors.Join(err, w.ctx.Err()); err != nil {
			return err
		}
		kept := part[:0]
		for _, a := range part {
			if len(keys) == 0 {
				break
			}
			switch order := strings.Compare(a.RequestSHA256, keys[0].String()); { // below: of no row
			case order > 0:
				return missingAnswer(keys[0])
			case order == 0:
				kept, keys = append(kept, a), keys[1:]
			}
		}
		if err := out.write(kept, nil); err != nil {
			return err
		}
	}
	if len(keys) > 0 {
		return missingAnswer(keys[0])
	}
	return out.close()
}

func missingAnswer(k requestKey) error {
	return fault.Input("release", "answers.db", "put the run's own answers back, or leave them out with --no-answers", "no answer to request %s", k)
}
