package llm

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// call sends a request that is no question, and gives the body of its answer.
// The error is always an *Error.
func (c *Client) call(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, c.o.Total)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, &Error{Kind: BadRequest, Message: err.Error()}
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return c.send(caller, c.http, req)
}

// send gives the body of an answer with status 2xx. caller is the context
// without the request's own time-out.
func (c *Client) send(caller context.Context, by *http.Client, req *http.Request) ([]byte, error) {
	c.authorise(req)
	resp, err := by.Do(req)
	if err != nil {
		return nil, c.failure(caller, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	if err != nil {
		return nil, c.failure(caller, err)
	}
	body, header := []byte(c.redact.text(string(body))), c.redact.header(resp.Header)
	if resp.StatusCode/100 != 2 {
		return nil, classify(resp.StatusCode, header, body)
	}
	if isHTML(header, body) {
		return nil, &Error{Kind: Malformed, Status: resp.StatusCode, HTML: true, Message: "a web page came, not JSON: " + title(body)}
	}
	return body, nil
}

func (c *Client) authorise(req *http.Request) {
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
}
