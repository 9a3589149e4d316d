package llm

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// completion is the part of a response that matters, read leniently: what
// nobody needs may have any shape.
type completion struct {
	Error       json.RawMessage `json:"error"`
	Model       loose           `json:"model"`
	Fingerprint loose           `json:"system_fingerprint"`
	Choices     []struct {
		Finish  loose `json:"finish_reason"`
		Message struct {
			Content          json.RawMessage `json:"content"`
			Refusal          loose           `json:"refusal"`
			Reasoning        loose           `json:"reasoning"`         // vLLM since 2026, Ollama
			ReasoningContent loose           `json:"reasoning_content"` // vLLM before, llama.cpp, DeepSeek
		} `json:"message"`
	} `json:"choices"`
	Usage struct {
		Prompt        count `json:"prompt_tokens"`
		Completion    count `json:"completion_tokens"`
		CacheHit      count `json:"prompt_cache_hit_tokens"` // DeepSeek
		PromptDetails struct {
			Cached count `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		CompletionDetails struct {
			Reasoning count `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	} `json:"usage"`
}

// loose is a string where there is one, else "".
type loose string

// UnmarshalJSON never fails.
func (l *loose) UnmarshalJSON(b []byte) error {
	if s, ok := text(b); ok {
		*l = loose(s)
	}
	return nil
}

// text gives the string that valid JSON holds; false where it holds another value.
func text(b []byte) (string, bool) {
	// Most have no escapes: a parser would look at them twice more.
	if len(b) >= 2 && b[0] == '"' && bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b) {
		return string(b[1 : len(b)-1]), true
	}
	var s string
	return s, json.Unmarshal(b, &s) == nil
}

// count is a number of tokens where there is one, else nil.
type count struct{ n *int64 }

// UnmarshalJSON never fails.
func (c *count) UnmarshalJSON(b []byte) error {
	if f, err := strconv.ParseFloat(string(b), 64); err == nil && f >= 0 && f < 1<<53 {
		n := int64(f)
		c.n = &n
	}
	return nil
}

// Read takes a response apart. The error, an *Error, names why it is no usable
// answer; the answer then holds what there is. The same response always reads
// the same, so stored answers can be read again.
func Read(status int, header http.Header, body []byte) (Answer, error) {
	a := Answer{Status: status, Header: header, Body: body}
	if status < 200 || status > 299 {
		return a, classify(status, header, body)
	}
	if isHTML(header, body) {
		return a, &Error{Kind: Malformed, Status: status, HTML: true, Message: "a web page came, not JSON: " + title(body)}
	}
	var c completion
	if err := json.Unmarshal(body, &c); err != nil {
		return a, &Error{Kind: Malformed, Status: status, Message: "not a completion: " + oneLine(err.Error())}
	}
	if bytes.Equal(bytes.TrimSpace(body), []byte("null")) {
		return a, &Error{Kind: Malformed, Status: status, Message: "the body is null"}
	}
	a.take(&c)
	return a, a.judge(&c)
}

func (a *Answer) take(c *completion) {
	u := &c.Usage
	a.Model, a.Fingerprint = string(c.Model), string(c.Fingerprint)
	a.Usage = Usage{Prompt: u.Prompt.n, Cached: u.PromptDetails.Cached.n, Completion: u.Completion.n, Reasoning: u.CompletionDetails.Reasoning.n}
	if a.Usage.Cached == nil {
		a.Usage.Cached = u.CacheHit.n
	}
	if len(c.Choices) == 0 {
		return
	}
	first := &c.Choices[0]
	a.Finish = string(first.Finish)
	a.Text = content(first.Message.Content)
	if a.Reasoning = string(first.Message.Reasoning); a.Reasoning == "" {
		a.Reasoning = string(first.Message.ReasoningContent)
	}
}

// judge gives the error of a response with status 2xx, nil for a usable answer.
func (a *Answer) judge(c *completion) error {
	fail := func(k Kind, message string) error { return &Error{Kind: k, Status: a.Status, Message: message} }
	if len(c.Choices) == 0 || len(c.Error) > 0 {
		if spoken, ok := parseFault(a.Body); ok && (len(c.Choices) == 0 || spoken.nested) {
			return spoken.within(a.Status, a.Header)
		}
	}
	if len(c.Choices) == 0 {
		return fail(NoChoices, "")
	}
	blank := strings.TrimSpace(a.Text) == ""
	refusal := string(c.Choices[0].Message.Refusal)
	switch a.Finish {
	case "content_filter":
		return fail(ContentFiltered, "the endpoint's filter cut the answer")
	case "abort", "error", "rejected":
		return fail(Overloaded, "the server gave the answer up: "+a.Finish)
	}
	switch {
	case refusal != "":
		return fail(Refusal, oneLine(refusal))
	case blank && strings.TrimSpace(a.Reasoning) != "":
		return fail(ReasoningOnly, "only reasoning came; raise the cap or turn thinking off")
	case a.Finish == "length" || a.Finish == "max_tokens":
		return fail(Length, "the answer was cut at the cap")
	case blank:
		return fail(Blank, "")
	}
	return nil
}

// content gives the text of a message: a string, or the text parts of a list.
func content(raw json.RawMessage) string {
	s, ok := text(raw)
	if ok {
		return s
	}
	var parts []struct {
		Text loose `json:"text"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return ""
	}
	for _, p := range parts {
		s += string(p.Text)
	}
	return s
}

func isHTML(header http.Header, body []byte) bool {
	return strings.HasPrefix(header.Get("Content-Type"), "text/html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// title gives the title of a web page, or its beginning.
func title(body []byte) string {
	s := string(body[:min(len(body), 4096)])
	low := strings.ToLower(s)
	if len(low) == len(s) {
		if from := strings.Index(low, "<title>"); from >= 0 {
			rest := s[from+len("<title>"):]
			if to := strings.Index(low[from+len("<title>"):], "</title>"); to >= 0 {
				return oneLine(rest[:to])
			}
		}
	}
	return oneLine(s[:min(len(s), 80)])
}
