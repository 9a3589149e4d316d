package generate

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"

	"github.com/pcclip/pcclip/generate/llm"
)

// asParsed gives the text behind a key by a parser's way: written in any order,
// then brought into canonical form.
func asParsed(promptSHA256 string, r llm.Request, replicate int) ([]byte, error) {
	type object = map[string]any
	messages := []any{}
	for _, m := range r.Messages {
		out := object{"role": m.Role, "content": m.Content}
		var images []any
		for _, i := range m.Images {
			images = append(images, object{"label": i.Label, "sha256": i.SHA256, "prepared": i.Prepared})
		}
		if images != nil {
			out["images"] = images
		}
		messages = append(messages, out)
	}
	id := object{
		"version": "request/v1", "prompt_sha256": promptSHA256, "messages": messages, "model": r.Model, "temperature": r.Temperature,
		"top_p": r.TopP, "max_tokens": r.MaxTokens, "seed": nil, "extra": nil, "schema": r.Schema, "replicate": replicate,
	}
	if len(r.Extra) > 0 {
		id["extra"] = r.Extra
	}
	if r.Seed != nil {
		id["seed"] = strconv.FormatInt(*r.Seed, 10)
	}
	doc, err := json.Marshal(id)
	if err != nil {
		return nil, err
	}
	return jcs.Transform(doc)
}

// The text behind a key is what a parser and writer of canonical JSON make of the
// request, whatever signs are in it.
func TestIdentityIsCanonicalJSON(t *testing.T) {
	t.Parallel()
	// Quotes, controls, HTML, line separators, signs beyond 16 bits, broken UTF-8.
	odd := rapid.StringOf(rapid.SampledFrom([]rune("\"\\/<>&\b\f\n\r\t\x00\x1f\x7f\u2028\u2029\u0130\uFEFF\uFFFD é狗𝄞😀")))
	text := rapid.OneOf(rapid.String(), odd, rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	number := rapid.Ptr(rapid.OneOf(rapid.Float64Range(-1e25, 1e25), rapid.Float64Range(0, 2), rapid.SampledFrom([]float64{0, 0.1, 1e-7, 1e21, 5e-324})), true)
	schema := rapid.SampledFrom([]json.RawMessage{nil, json.RawMessage("true"), json.RawMessage(` {"z": [1.0, {"b":"\u00e9<","a":null}], "a" : 1e2}`)})
	extra := rapid.MapOf(text, rapid.OneOf(rapid.Map(text, func(s string) any { return s }), rapid.Map(rapid.Float64Range(-1e9, 1e9), func(x float64) any { return x })))
	message := rapid.Custom(func(t *rapid.T) llm.Message {
		m := llm.Message{Role: rapid.SampledFrom([]string{"user", "assistant"}).Draw(t, "role"), Content: text.Draw(t, "content")}
		for range rapid.IntRange(0, 2).Draw(t, "images") {
			m.Images = append(m.Images, llm.Image{Name: "n", Label: text.Draw(t, "label"), SHA256: text.Draw(t, "digest"), Prepared: text.Draw(t, "prepared"), Data: []byte("x")})
		}
		return m
	})
	rapid.Check(t, func(t *rapid.T) {
		r := llm.Request{
			Model: text.Draw(t, "model"), Messages: rapid.SliceOfN(message, 0, 3).Draw(t, "messages"),
			Temperature: number.Draw(t, "temperature"), TopP: number.Draw(t, "top p"), MaxTokens: rapid.Int().Draw(t, "cap"),
			Seed: rapid.Ptr(rapid.Int64(), true).Draw(t, "seed"), Schema: schema.Draw(t, "schema"), Extra: extra.Draw(t, "extra"),
		}
		prompt, replicate := text.Draw(t, "prompt"), rapid.IntRange(0, 1<<20).Draw(t, "replicate")
		want, errWant := asParsed(prompt, r, replicate)
		got, err := identity(nil, prompt, r, replicate)
		if (err == nil) != (errWant == nil) {
			t.Fatalf("error %v, want %v", err, errWant)
		}
		if err == nil && string(got) != string(want) {
			t.Fatalf("%s\nwant %s", got, want)
		}
	})
}
