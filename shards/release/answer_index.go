package release

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/pcclip/pcclip/shards"
)

// recorded is what a row repeats of its answer: a million answers are to fit into
// memory.
type recorded struct {
	key                requestKey
	said               requestKey // SHA-256 of the text; zero without one
	prompt, completion tokens
	served             int32 // of answerIndex.served
	unnamed            bool  // no row need name it: it failed, or led to a second question
	used               bool
}

// servedBy is what few answers have of their own.
type servedBy struct{ finish, model, fingerprint string }

// tokens is a number of tokens; nobody counted them where there is none.
type tokens struct {
	n     int64
	there bool
}

func tokensOf(n *int64) tokens {
	if n == nil {
		return tokens{}
	}
	return tokens{*n, true}
}

func (t tokens) is(n *int64) bool { return t == tokensOf(n) }

// answerIndex finds recorded answers by their keys.
type answerIndex struct {
	records []recorded // sorted by key
	first   []uint32   // the first record of each bucket of keys, and the end of the last
	shift   int        // of a key's first 64 bits, to its bucket
	served  []servedBy
}

// get gives the answer to a request, nil where there is none.
func (x *answerIndex) get(requestSHA256 string) *recorded {
	key, err := readRequestKey(requestSHA256)
	if err != nil {
		return nil
	}
	bucket := key.head() >> x.shift
	for i := x.first[bucket]; i < x.first[bucket+1]; i++ {
		if x.records[i].key == key {
			return &x.records[i]
		}
	}
	return nil
}

// sort makes the records ready for get: keys are SHA-256, so a bucket holds few.
func (x *answerIndex) sort() {
	slices.SortFunc(x.records, func(a, b recorded) int { return a.key.compare(b.key) }) // as they are, unless that is a problem
	width := bits.Len(uint(len(x.records)))
	x.shift = 64 - width
	x.first = make([]uint32, 1<<width+1)
	for i := range x.records {
		x.first[x.records[i].key.head()>>x.shift+1]++
	}
	for i := range x.first[1:] {
		x.first[i+1] += x.first[i]
	}
}

// idle counts the answers that belong to no row and should.
func (x *answerIndex) idle() int {
	n := 0
	if x == nil {
		return n
	}
	for i := range x.records {
		if r := &x.records[i]; !r.used && !r.unnamed {
			n++
		}
	}
	return n
}

// head gives the first bits of a key, which are in order as keys are.
func (k requestKey) head() uint64 { return binary.BigEndian.Uint64(k[:8]) }

// readAnswers reads the recorded answers in the order of their keys, in which they
// stand; nil where the release has none.
func (v *verifier) readAnswers() (*answerIndex, error) {
	if !v.m.Release.Responses {
		return nil, nil
	}
	out, served := &answerIndex{records: make([]recorded, 0, min(v.answered(), maxPromised))}, map[servedBy]int32{}
	last := map[string]string{} // key, by kind
	for _, f := range v.m.Files {
		if f.Kind != shards.KindAnswers && f.Kind != shards.KindJudged {
			continue
		}
		index := int64(0)
		for batch, err := range shards.ReadBatches[shards.Answer](v.path(f.Path)) {
			if err != nil {
				v.bad(f.Path, "%s", v.short(err))
				break
			}
			for i := range batch {
				a := &batch[i]
				if a.RequestSHA256 <= last[f.Kind] {
					v.add(badRow(place{f.Path, index}, "request_sha256", "the keys are not in order, each once"))
				}
				last[f.Kind] = a.RequestSHA256
				key, err := readRequestKey(a.RequestSHA256)
				if err != nil {
					v.add(badRow(place{f.Path, index}, "request_sha256", "%s", err))
				}
				if index++; f.Kind == shards.KindAnswers && err == nil {
					out.records = append(out.records, out.record(key, a, served))
				}
			}
		}
	}
	out.sort()
	return out, v.ctx.Err()
}

// answered gives the number of recorded answers, by the manifest.
func (v *verifier) answered() (n int64) {
	for _, f := range v.m.Files {
		if f.Kind == shards.KindAnswers {
			n += f.Rows
		}
	}
	return n
}

func (x *answerIndex) record(key requestKey, a *shards.Answer, known map[servedBy]int32) recorded {
	by := servedBy{a.FinishReason, a.ModelServed, a.SystemFingerprint}
	number, old := known[by]
	if !old {
		number = int32(len(x.served))
		x.served, known[by] = append(x.served, by), number
	}
	r := recorded{key: key, prompt: tokensOf(a.PromptTokens), completion: tokensOf(a.CompletionTokens), served: number}
	if a.Text != "" {
		r.said = sha256.Sum256([]byte(a.Text))
	}
	r.unnamed = a.Outcome == shards.AnswerMalformed || a.Standing == shards.AnswerFailed
	return r
}
