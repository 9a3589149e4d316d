package generate

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gowebpki/jcs"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
)

// identity is everything that decides an answer, and nothing else: no URL, no
// key, no time-out, no name of the field that carries the cap.
type identity struct {
	Version     string          `json:"version"` // "request/v1"
	Prompt      string          `json:"prompt_sha256"`
	Messages    []any           `json:"messages"`
	Model       string          `json:"model"`
	Temperature *float64        `json:"temperature"`
	TopP        *float64        `json:"top_p"`
	MaxTokens   int             `json:"max_tokens"`
	Seed        *string         `json:"seed"` // decimal: canonical JSON rounds large numbers
	Extra       map[string]any  `json:"extra"`
	Schema      json.RawMessage `json:"schema"`
	Replicate   int             `json:"replicate"` // number of the answer among equal requests, from 0
}

// Key names a request: SHA-256 of the canonical JSON (RFC 8785) of all that
// decides its answer. promptSHA256 is the version of the prompt from which the
// messages were rendered.
func Key(promptSHA256 string, r llm.Request, replicate int) (answers.Key, error) {
	id := identity{
		Version: "request/v1", Prompt: promptSHA256, Messages: byDigest(r.Messages), Model: r.Model, Temperature: r.Temperature, TopP: r.TopP,
		MaxTokens: r.MaxTokens, Extra: r.Extra, Schema: r.Schema, Replicate: replicate,
	}
	if len(id.Extra) == 0 {
		id.Extra = nil // no extra fields, however that is said
	}
	if r.Seed != nil {
		s := strconv.FormatInt(*r.Seed, 10)
		id.Seed = &s
	}
	doc, err := json.Marshal(id)
	if err != nil {
		return answers.Key{}, fmt.Errorf("name request: %w", err)
	}
	if doc, err = jcs.Transform(doc); err != nil {
		return answers.Key{}, fmt.Errorf("name request: %w", err)
	}
	return sha256.Sum256(doc), nil
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
