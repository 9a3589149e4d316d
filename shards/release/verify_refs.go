package release

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/pcclip/pcclip/shards"
)

// image is the part of images.parquet that rows refer to.
type image struct {
	ID    string `parquet:"image_id,optional"`
	Split string `parquet:"split,optional,dict"`
}

// imageSplits gives the split of every image: an image in two would leak.
func (v *verifier) imageSplits() (map[string]string, error) {
	out := map[string]string{}
	index := int64(0)
	for img, err := range shards.ReadTable[image](v.path(imagesFile)) {
		if err != nil {
			v.bad(imagesFile, "%s", v.short(err))
			return out, nil
		}
		if _, twice := out[img.ID]; twice {
			v.add(Problem{File: imagesFile, Row: index, Column: "image_id", What: fmt.Sprintf("image %s stands twice", img.ID)})
		}
		out[img.ID] = img.Split
		index++
	}
	return out, v.ctx.Err()
}

// recorded is what a row repeats of its answer, mostly as digests: a million
// answers are to fit into memory.
type recorded struct {
	key     requestKey
	said    [sha256.Size]byte // of the text; zero without one
	digest  [16]byte          // of what summarise takes
	unnamed bool              // no row need name it: it failed, or led to a second question
	used    bool
}

func summarise(finish, model, fingerprint string, prompt, completion *int64) [16]byte {
	var buffer [256]byte
	doc := buffer[:0]
	for _, s := range []string{finish, model, fingerprint} {
		doc = append(binary.AppendUvarint(doc, uint64(len(s))), s...)
	}
	for _, n := range []*int64{prompt, completion} {
		if n == nil {
			doc = append(doc, 0)
			continue
		}
		doc = binary.AppendVarint(append(doc, 1), *n)
	}
	sum := sha256.Sum256(doc)
	return [16]byte(sum[:])
}

// readAnswers reads the recorded answers in the order of their keys, in which they
// stand; nil where the release has none.
func (v *verifier) readAnswers() ([]recorded, error) {
	if !v.m.Release.Responses {
		return nil, nil
	}
	out := []recorded{}
	last := map[string]string{} // key, by kind
	for _, f := range v.m.Files {
		if f.Kind != shards.KindAnswers && f.Kind != shards.KindJudged {
			continue
		}
		index := int64(0)
		for a, err := range shards.ReadTable[shards.Answer](v.path(f.Path)) {
			if err != nil {
				v.bad(f.Path, "%s", v.short(err))
				break
			}
			if a.RequestSHA256 <= last[f.Kind] {
				v.add(Problem{File: f.Path, Row: index, Column: "request_sha256", What: "the keys are not in order, each once"})
			}
			last[f.Kind] = a.RequestSHA256
			key, err := readRequestKey(a.RequestSHA256)
			if err != nil {
				v.add(Problem{File: f.Path, Row: index, Column: "request_sha256", What: err.Error()})
			}
			if index++; f.Kind == shards.KindAnswers && err == nil {
				out = append(out, record(key, &a))
			}
		}
	}
	slices.SortFunc(out, func(a, b recorded) int { return a.key.compare(b.key) }) // as they are, unless that is a problem
	return out, v.ctx.Err()
}

func record(key requestKey, a *shards.Answer) recorded {
	r := recorded{key: key, digest: summarise(a.FinishReason, a.ModelServed, a.SystemFingerprint, a.PromptTokens, a.CompletionTokens)}
	if a.Text != "" {
		r.said = sha256.Sum256([]byte(a.Text))
	}
	r.unnamed = a.Outcome == shards.AnswerMalformed || a.Standing == shards.AnswerFailed
	return r
}

// recordedUnder gives the answer to a request, nil where there is none.
func (w *walk) recordedUnder(requestSHA256 string) *recorded {
	key, err := readRequestKey(requestSHA256)
	if err != nil {
		return nil
	}
	at, found := slices.BinarySearchFunc(w.answers, key, func(r recorded, k requestKey) int { return r.key.compare(k) })
	if !found {
		return nil
	}
	return &w.answers[at]
}

// answer holds a row against its recorded answer.
func (w *walk) answer(row *located) {
	if w.answers == nil {
		return
	}
	r := w.recordedUnder(row.RequestSHA256)
	if r == nil {
		w.badRow(*row, "request_sha256", "no answer is recorded under %q", row.RequestSHA256)
		return
	}
	r.used = true
	said := ""
	if r.said != [sha256.Size]byte{} {
		said = hex.EncodeToString(r.said[:])
	}
	switch {
	case said != row.ResponseSHA256:
		w.badRow(*row, "response_sha256", "it is %q, that of the recorded answer %q", row.ResponseSHA256, said)
	case r.digest != summarise(row.FinishReason, row.ModelServed, row.SystemFingerprint, row.PromptTokens, row.CompletionTokens):
		w.badRow(*row, "model_served", "model, fingerprint, finish reason or tokens are not those of the recorded answer")
	}
}
