package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// Client asks one endpoint. It is safe for concurrent use. Close it.
type Client struct {
	url       string
	o         Options
	api       *openai.Client
	http      *http.Client
	transport *http.Transport
	key       string
	redact    redactor
	patience  patience
	dialect   dialect
}

// New makes a client; the key is read from the environment here and kept only
// in memory. It connects to nothing yet.
func New(o Options) (*Client, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	address, err := Address(o.URL)
	if err != nil {
		return nil, err
	}
	key, err := o.key()
	if err != nil {
		return nil, err
	}
	c := &Client{url: address, o: o, key: key, transport: newTransport(o), redact: newRedactor(key), patience: patience{most: o.Total}}
	c.dialect.start(o.CapField)
	c.http = &http.Client{
		Transport: c.transport,
		// A redirect turns a POST into a GET; the answer to that misleads.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	conf := openai.DefaultConfig(key)
	conf.BaseURL = address
	conf.HTTPClient = &wire{http: c.http, redact: c.redact}
	c.api = openai.NewClientWithConfig(conf)
	return c, nil
}

// URL gives the completed base URL; it holds no credentials.
func (c *Client) URL() string { return c.url }

// Close drops the idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Ask sends one request and reads its answer. The error is always an *Error;
// the answer beside it holds what came back all the same. An endpoint that
// refuses the field of the cap or the form of the answer is asked again in
// another way, and from then on.
func (c *Client) Ask(ctx context.Context, r Request) (Answer, error) {
	for {
		said := c.dialect.now()
		a, err := c.ask(ctx, r, said)
		if !c.dialect.learn(said, r, err) {
			return a, err
		}
	}
}

func (c *Client) ask(ctx context.Context, r Request, said tongue) (Answer, error) {
	fields, err := said.fields(r)
	if err != nil {
		return Answer{}, &Error{Kind: BadRequest, Message: err.Error()}
	}
	caller := ctx
	total := c.patience.total()
	ctx, cancel := context.WithTimeout(ctx, total)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	x := &exchange{fields: fields, stall: c.o.Stall, cancel: stop}
	start := time.Now()
	// go-openai refuses requests by the name of the model; the true name and
	// the sampling parameters are among the fields.
	_, callErr := c.api.CreateChatCompletion(withExchange(ctx, x), openai.ChatCompletionRequest{Model: "any"})
	latency := time.Since(start)
	if x.status == 0 {
		if x.err == nil {
			x.err = callErr
		}
		if errors.Is(context.Cause(ctx), errStalled) {
			x.err = fmt.Errorf("%w: %w", errStalled, context.DeadlineExceeded)
		}
		e := c.failure(caller, x.err)
		if e.Kind == TimedOut {
			c.patience.ranOut(total)
		}
		return Answer{Latency: latency}, e
	}
	// What go-openai says of the response is dropped: it takes an error with
	// status 200 for success and stumbles over fields that nobody needs.
	a, err := Read(x.status, x.header, x.body)
	a.Latency, a.CapField = latency, said.capField
	if r.Schema != nil {
		a.Form = forms[said.form]
	}
	if err == nil {
		c.patience.took(latency)
	}
	return a, err
}

// fields gives the parts of the body that this package writes itself.
func (t tongue) fields(r Request) (map[string]json.RawMessage, error) {
	all := map[string]any{"model": r.Model, "messages": r.Messages}
	if r.Temperature != nil {
		all["temperature"] = *r.Temperature
	}
	if r.TopP != nil {
		all["top_p"] = *r.TopP
	}
	if r.MaxTokens > 0 {
		all[t.capField] = r.MaxTokens
	}
	if r.Seed != nil {
		all["seed"] = *r.Seed
	}
	if format := t.responseFormat(r.Schema); format != nil {
		all["response_format"] = format
	}
	out := map[string]json.RawMessage{}
	for name, value := range r.Extra {
		all[name] = value
	}
	for name, value := range all {
		if value == nil {
			out[name] = nil
			continue
		}
		b, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("write field %s: %w", name, err)
		}
		out[name] = b
	}
	return out, nil
}

// failure names why no response came. caller is the context without the
// request's own time-out.
func (c *Client) failure(caller context.Context, err error) *Error {
	e := &Error{Kind: Transport, Unreached: unreached(err), Message: c.redact.text(oneLine(bare(err).Error()))}
	var timeout interface{ Timeout() bool }
	switch {
	case caller.Err() != nil:
		e.Kind, e.cause = Canceled, caller.Err()
	case errors.Is(err, errTooLarge):
		e.Kind = Malformed
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Kind, e.cause = TimedOut, context.DeadlineExceeded
		e.Message = "no whole answer within the time-out (" + e.Message + ")"
	}
	return e
}

const longest = 300 // bytes of a message

// oneLine makes a text of a server fit for one line of output.
func oneLine(s string) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "?")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "..."
	}
	return s
}
