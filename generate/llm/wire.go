package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// maxBody bounds a response, in bytes. An answer is a few kilobytes.
const maxBody = 8 << 20

var errTooLarge = errors.New("the response is larger than 8 MiB")

// newTransport keeps one idle connection for every request in flight: the
// default of two a host opens thousands of connections under load.
func newTransport(o Options) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: o.Connect, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   o.Connect,
		ResponseHeaderTimeout: o.FirstByte,
		MaxIdleConns:          o.Concurrency + 16,
		MaxIdleConnsPerHost:   o.Concurrency + 16,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
	}
}

// exchange is what one request says and gets beside go-openai's own types.
type exchange struct {
	fields map[string]json.RawMessage // of the body; nil takes a field out
	status int
	header http.Header
	body   []byte
	err    error // why there is no whole response
	stall  time.Duration
	cancel context.CancelCauseFunc // ends the request
}

type exchangeKey struct{}

// wire is the HTTP client under go-openai. It completes the body with what
// go-openai cannot express (a temperature of 0, fields of other servers) and
// keeps the response as it came.
type wire struct {
	http   *http.Client
	redact redactor
}

// Do sends one request; the exchange travels in its context.
func (w *wire) Do(req *http.Request) (*http.Response, error) {
	x, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errors.New("a request without its exchange")
	}
	if err := complete(req, x.fields); err != nil {
		x.err = err
		return nil, err
	}
	resp, err := w.http.Do(req)
	if err != nil {
		x.err = err
		return nil, err
	}
	defer resp.Body.Close()
	m := &moving{body: resp.Body, cancel: x.cancel, pause: x.stall}
	defer m.stop()
	body, err := io.ReadAll(io.LimitReader(m, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	if err != nil {
		x.err = fmt.Errorf("read response: %w", err)
		return nil, x.err
	}
	x.status, x.header = resp.StatusCode, w.redact.header(resp.Header)
	x.body = []byte(w.redact.text(string(body)))
	resp.Body = io.NopCloser(bytes.NewReader(x.body))
	return resp, nil
}

// complete merges the fields into the JSON body of req.
func complete(req *http.Request, fields map[string]json.RawMessage) error {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	doc := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &doc); err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	for name, value := range fields {
		if value == nil {
			delete(doc, name)
		} else {
			doc[name] = value
		}
	}
	if body, err = json.Marshal(doc); err != nil {
		return fmt.Errorf("write request: %w", err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.ContentLength = int64(len(body))
	return nil
}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}
