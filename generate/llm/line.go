package llm

import (
	"encoding/json"
	"fmt"
	"net/http"

	openai "github.com/sashabaranov/go-openai"
)

// BatchLine writes one request of a batch as a line of its file, as Ask would
// send it now. The line has no end.
func (c *Client) BatchLine(id string, r Request) ([]byte, error) {
	body, err := c.dialect.now().fields(r)
	if err != nil {
		return nil, err
	}
	for name, value := range body {
		if value == nil { // it takes a field out
			delete(body, name)
		}
	}
	line, err := json.Marshal(struct {
		ID     string                     `json:"custom_id"`
		Method string                     `json:"method"`
		URL    openai.BatchEndpoint       `json:"url"`
		Body   map[string]json.RawMessage `json:"body"`
	}{id, http.MethodPost, openai.BatchEndpointChatCompletions, body})
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	return line, nil
}

// Line is what came of one request of a batch.
type Line struct {
	ID     string // as given to BatchLine
	Answer Answer
	Err    *Error // nil for a usable answer
}

// ReadLine takes a line of a batch's output or error file apart; what holds no
// id or no outcome is Malformed.
func ReadLine(text []byte) (Line, error) {
	var doc struct {
		ID       loose `json:"custom_id"`
		Response *struct {
			Status count           `json:"status_code"`
			Body   json.RawMessage `json:"body"`
		} `json:"response"`
		Fault json.RawMessage `json:"error"`
	}
	refuse := func(what string) (Line, error) {
		return Line{}, &Error{Kind: Malformed, Status: http.StatusOK, Message: "not a line of a batch: " + what}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return refuse(oneLine(err.Error()))
	}
	line := Line{ID: string(doc.ID)}
	switch {
	case line.ID == "":
		return refuse("it has no custom_id")
	case doc.Response != nil && doc.Response.Status.n != nil && len(doc.Response.Body) > 0:
		a, err := Read(int(*doc.Response.Status.n), nil, doc.Response.Body)
		line.Answer = a
		if err != nil {
			line.Err = err.(*Error)
		}
	case len(doc.Fault) > 0 && doc.Fault[0] == '{':
		line.Err = lineFault(doc.Fault)
	default:
		return refuse("it has neither a response nor an error")
	}
	return line, nil
}

// lineFault names why a request of a batch was not asked: no HTTP status tells.
func lineFault(raw json.RawMessage) *Error {
	s := fields(raw)
	e := s.err(http.StatusBadRequest, nil)
	switch {
	case s.has("batch_expired", "batch_cancelled", "batch_canceled"):
		e.Kind = Unasked
	case s.has("rate_limit_exceeded", "token_limit_exceeded"):
		e.Kind = RateLimited
	case s.has("server_error", "internal_error", "internal_server_error"), s.status >= 500:
		e.Kind = Overloaded
	}
	e.Status = 0
	return e
}
