package llm

import (
	"encoding/json"
	"net/http"
	"time"
)

// Request is one question. Nil and zero fields are not sent; what is set is
// sent as it is, a temperature of 0 too.
type Request struct {
	Model       string
	Messages    []Message
	Temperature *float64
	TopP        *float64
	MaxTokens   int // cap on the answer, in tokens
	Seed        *int64
	Schema      json.RawMessage // JSON schema of the answer
	Extra       map[string]any  // further fields of the body; nil as a value takes the field out
}

// Usage counts tokens as the server reports them; nil means not reported.
type Usage struct {
	Prompt     *int64
	Cached     *int64 // the part of Prompt that came from a cache
	Completion *int64
	Reasoning  *int64 // the part of Completion that was thought, not said
}

// Answer is what came back. With an error it holds as much as there was.
type Answer struct {
	Text        string // as the model gave it
	Reasoning   string
	Model       string // as the server names it
	Fingerprint string
	Finish      string // finish_reason, "" where the server gives none
	Usage       Usage
	Status      int         // HTTP status; 0 where no response came
	Header      http.Header // of the response
	Body        []byte      // of the response, as it came but for keys
	Latency     time.Duration

	CapField string // the field that carried the cap; "" in an answer that Read gives
	Form     string // how JSON was asked for: "json_schema", "json_object", or "" for not at all
}
