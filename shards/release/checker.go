package release

import (
	"encoding/hex"
	"fmt"

	"github.com/pcclip/pcclip/shards"
)

// checker checks rows one by one, and counts them. Each core has its own.
type checker struct {
	walk     *walk
	images   map[string]string   // splits by image
	composed map[licences]string // terms
	problems []Problem
	tallies
}

func newChecker(w *walk, images map[string]string) *checker {
	return &checker{walk: w, images: images, composed: map[licences]string{}, tallies: newTallies()}
}

func badRow(at place, column, format string, args ...any) Problem {
	return Problem{File: at.file, Row: at.index, Column: column, What: fmt.Sprintf(format, args...)}
}

func (c *checker) bad(at place, column, format string, args ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, badRow(at, column, format, args...))
	}
}

// row holds one row against its pair.
func (c *checker) row(kind string, rows *checkedRows, i int) {
	row, at, p, run := &rows.rows[i], rows.places[i], rows.pairs[i], &c.walk.m.Run
	for _, same := range [...]struct{ column, got, want string }{
		{"split", row.Split, p.Split},
		{"source", row.Source, p.Source},
		{"image_id_a", row.ImageIDA, p.ImageIDA},
		{"image_id_b", row.ImageIDB, p.ImageIDB},
		{"file_name_a", row.FileNameA, p.FileNameA},
		{"file_name_b", row.FileNameB, p.FileNameB},
		{"caption_id_a", row.CaptionIDA, p.CaptionIDA},
		{"caption_id_b", row.CaptionIDB, p.CaptionIDB},
		{"caption_a", row.CaptionA, p.CaptionA},
		{"caption_b", row.CaptionB, p.CaptionB},
		{"image_license_a", row.ImageLicenseA, p.ImageLicenseA},
		{"image_license_b", row.ImageLicenseB, p.ImageLicenseB},
		{"prompt_id", row.PromptID, run.PromptID},
		{"prompt_sha256", row.PromptSHA256, run.PromptSHA256},
		{"model_requested", row.ModelRequested, run.ModelRequested},
	} {
		if same.got != same.want {
			c.bad(at, same.column, "it is %q, and %q in plan and manifest", same.got, same.want)
		}
	}
	for _, image := range [...]string{row.ImageIDA, row.ImageIDB} {
		if c.images[image] != row.Split {
			c.bad(at, "split", "image %s is in split %q, the row in %q", image, c.images[image], row.Split)
		}
	}
	c.verdict(row, at, kind)
	rows.answers[i] = c.answer(row, at)
	rows.digests[i] = shards.RowDigest(row)
}

// licences are those of the images of a row.
type licences struct{ source, a, b string }

// termsOf gives the terms of a row's images.
func (c *checker) termsOf(row *shards.Row) string {
	of := licences{row.Source, row.ImageLicenseA, row.ImageLicenseB}
	terms, known := c.composed[of]
	if !known {
		terms = composeTerms(of.source, of.a, of.b)
		c.composed[of] = terms
	}
	return terms
}

// verdict checks that a row stands in the right folder, and counts it.
func (c *checker) verdict(row *shards.Row, at place, kind string) {
	switch {
	case kind == shards.KindAccepted && row.RejectReason != "":
		c.bad(at, "reject_reason", "an accepted row has the reason %q", row.RejectReason)
	case kind == shards.KindAccepted && row.Difference == "":
		c.bad(at, "difference", "an accepted row has none")
	case kind == shards.KindRejected && row.RejectReason == "":
		c.bad(at, "reject_reason", "a rejected row has none")
	}
	if kind == shards.KindAccepted {
		c.terms[c.termsOf(row)]++
	} else {
		c.reasons[row.RejectReason]++
	}
	if row.ModelServed != "" {
		c.models[row.ModelServed]++
	}
}

// answer holds a row against its recorded answer, and gives that.
func (c *checker) answer(row *shards.Row, at place) *recorded {
	answers := c.walk.answers
	if answers == nil {
		return nil
	}
	r := answers.get(row.RequestSHA256)
	if r == nil {
		c.bad(at, "request_sha256", "no answer is recorded under %q", row.RequestSHA256)
		return nil
	}
	var buffer [2 * len(requestKey{})]byte
	said := buffer[:0]
	if r.said != (requestKey{}) {
		said = hex.AppendEncode(said, r.said[:])
	}
	switch served := answers.served[r.served]; {
	case string(said) != row.ResponseSHA256:
		c.bad(at, "response_sha256", "it is %q, that of the recorded answer %q", row.ResponseSHA256, said)
	case served != servedBy{row.FinishReason, row.ModelServed, row.SystemFingerprint} ||
		!r.prompt.is(row.PromptTokens) || !r.completion.is(row.CompletionTokens):
		c.bad(at, "model_served", "model, fingerprint, finish reason or tokens are not those of the recorded answer")
	}
	return r
}
