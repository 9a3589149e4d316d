package generate

import (
	"crypto/sha256"
	"fmt"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
)

// Key names a request: SHA-256 of the canonical JSON (RFC 8785) of all that
// decides its answer, and of nothing else: no URL, no key, no time-out, no name
// of the field that carries the cap. promptSHA256 is the version of the prompt
// from which the messages were rendered, replicate the number of the answer among
// equal requests, from 0.
func Key(promptSHA256 string, r llm.Request, replicate int) (answers.Key, error) {
	var buffer [4096]byte
	doc, err := identity(buffer[:0], promptSHA256, r, replicate)
	if err != nil {
		return answers.Key{}, fmt.Errorf("name request: %w", err)
	}
	return sha256.Sum256(doc), nil
}

// identity writes the JSON behind a key, its members in the order of their names.
func identity(doc []byte, promptSHA256 string, r llm.Request, replicate int) ([]byte, error) {
	w := canonical{doc: doc}
	w.raw(`{"extra":`)
	w.extra(r.Extra)
	w.raw(`,"max_tokens":`)
	w.number(float64(r.MaxTokens))
	w.raw(`,"messages":`)
	list(&w, r.Messages, w.message)
	w.raw(`,"model":`)
	w.text(r.Model)
	w.raw(`,"prompt_sha256":`)
	w.text(promptSHA256)
	w.raw(`,"replicate":`)
	w.number(float64(replicate))
	w.raw(`,"schema":`)
	w.schema(r.Schema)
	w.raw(`,"seed":`)
	w.seed(r.Seed)
	w.raw(`,"temperature":`)
	w.optional(r.Temperature)
	w.raw(`,"top_p":`)
	w.optional(r.TopP)
	w.raw(`,"version":"request/v1"}`)
	return w.doc, w.err
}

// request gives what is asked about a pair.
func (o Options) request(p prompts.Prompt, pair shards.Pair) llm.Request {
	r := llm.Request{Model: o.Model, Temperature: &o.Temperature, MaxTokens: o.MaxTokens, Seed: o.Seed, Extra: o.Extra}
	if o.TopP > 0 {
		r.TopP = &o.TopP
	}
	r.Schema = p.Schema()
	for _, m := range p.Render(values(pair)) {
		r.Messages = append(r.Messages, llm.Message{Role: m.Role, Content: m.Content, Images: o.images(p, pair)})
	}
	return r
}

// values gives what a prompt is filled with.
func values(p shards.Pair) prompts.Values {
	return prompts.Values{CaptionA: all(p.CaptionA, p.MoreA), CaptionB: all(p.CaptionB, p.MoreB), Difference: p.Difference}
}

// all joins the captions of an image that a question tells.
func all(chosen, more string) string {
	if more == "" {
		return chosen
	}
	return chosen + shards.CaptionMark + more
}
