package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// States of a batch, as OpenAI names them. Any other one means that it goes on.
const (
	Completed = "completed"
	Failed    = "failed" // refused as a whole: no request of it was asked
	Expired   = "expired"
	Cancelled = "cancelled"
)

// Batch is a batch of requests, as the provider tells of it.
type Batch struct {
	ID        string
	State     string // lower case
	Output    string // file with the answers; "" for none, here and below
	Errors    string // file with the requests that failed
	Total     int64  // requests; 0 before they were counted
	Completed int64  // of these
	Failed    int64
	Tags      map[string]string // as given to CreateBatch
	Reason    *Error            // why it failed as a whole; nil where it did not
}

// Ended tells that a batch goes no further.
func (b Batch) Ended() bool {
	return b.State == Completed || b.State == Failed || b.State == Expired || b.State == Cancelled
}

// CreateBatch starts the requests of an uploaded file. The tags come back in
// every list of batches, so a batch whose creation was never confirmed can be
// found again.
func (c *Client) CreateBatch(ctx context.Context, file string, tags map[string]string) (Batch, error) {
	meta := map[string]any{}
	for k, v := range tags {
		meta[k] = v
	}
	body, err := json.Marshal(openai.CreateBatchRequest{InputFileID: file, Endpoint: openai.BatchEndpointChatCompletions, CompletionWindow: "24h", Metadata: meta})
	if err != nil {
		return Batch{}, fmt.Errorf("create batch: %w", err)
	}
	return c.batch(ctx, http.MethodPost, "/batches", body)
}

// Batch asks how a batch stands.
func (c *Client) Batch(ctx context.Context, id string) (Batch, error) {
	if !fileID.MatchString(id) {
		return Batch{}, badID(id)
	}
	return c.batch(ctx, http.MethodGet, "/batches/"+id, nil)
}

// CancelBatch asks the provider to end a batch. What is answered until then
// comes all the same, so the batch has to be watched to its end.
func (c *Client) CancelBatch(ctx context.Context, id string) (Batch, error) {
	if !fileID.MatchString(id) {
		return Batch{}, badID(id)
	}
	return c.batch(ctx, http.MethodPost, "/batches/"+id+"/cancel", []byte("{}"))
}

func (c *Client) batch(ctx context.Context, method, path string, body []byte) (Batch, error) {
	text, err := c.call(ctx, method, path, body)
	if err != nil {
		return Batch{}, err
	}
	return readBatch(text)
}

// Bounds of a list of batches.
const (
	pageSize = 100
	maxPages = 1000
)

// Batches lists all batches that the key may see, in the provider's order. It
// ends after the first error.
func (c *Client) Batches(ctx context.Context) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		after := ""
		for range maxPages {
			page, err := c.page(ctx, after)
			if err != nil {
				yield(Batch{}, err)
				return
			}
			for _, raw := range page.Data {
				if b, err := readBatch(raw); err == nil && !yield(b, nil) {
					return
				}
			}
			last := page.last()
			if !page.More || last == "" || last == after {
				return
			}
			after = last
		}
		yield(Batch{}, &Error{Kind: Malformed, Message: "the list of batches has no end"})
	}
}

// page is one part of a list of batches.
type page struct {
	Data []json.RawMessage `json:"data"`
	More bool              `json:"has_more"`
	Last loose             `json:"last_id"`
}

func (c *Client) page(ctx context.Context, after string) (page, error) {
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	if after != "" {
		query.Set("after", after)
	}
	text, err := c.call(ctx, http.MethodGet, "/batches?"+query.Encode(), nil)
	if err != nil {
		return page{}, err
	}
	var p page
	if err := json.Unmarshal(text, &p); err != nil || p.Data == nil {
		return page{}, &Error{Kind: Malformed, Status: http.StatusOK, Message: "not a list of batches"}
	}
	return p, nil
}

func (p page) last() string {
	if p.Last != "" || len(p.Data) == 0 {
		return string(p.Last)
	}
	var end struct {
		ID loose `json:"id"`
	}
	if json.Unmarshal(p.Data[len(p.Data)-1], &end) != nil {
		return ""
	}
	return string(end.ID)
}

// readBatch reads the description of a batch leniently: counts and states in
// other shapes than OpenAI's lose nothing but themselves.
func readBatch(text []byte) (Batch, error) {
	var doc struct {
		ID     loose `json:"id"`
		Status loose `json:"status"`
		Output loose `json:"output_file_id"`
		Errors loose `json:"error_file_id"`
		Counts struct {
			Total     count `json:"total"`
			Completed count `json:"completed"`
			Failed    count `json:"failed"`
		} `json:"request_counts"`
		Tags   map[string]loose `json:"metadata"`
		Faults json.RawMessage  `json:"errors"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return Batch{}, &Error{Kind: Malformed, Status: http.StatusOK, Message: "not a batch: " + oneLine(err.Error())}
	}
	if doc.ID == "" || doc.Status == "" {
		return Batch{}, &Error{Kind: Malformed, Status: http.StatusOK, Message: "not a batch: it has no id or no status"}
	}
	for _, id := range []loose{doc.ID, doc.Output, doc.Errors} {
		if id != "" && !fileID.MatchString(string(id)) {
			return Batch{}, badID(string(id))
		}
	}
	b := Batch{ID: string(doc.ID), State: strings.ToLower(string(doc.Status)), Output: string(doc.Output), Errors: string(doc.Errors), Tags: map[string]string{}}
	for _, n := range []struct {
		to   *int64
		from *int64
	}{{&b.Total, doc.Counts.Total.n}, {&b.Completed, doc.Counts.Completed.n}, {&b.Failed, doc.Counts.Failed.n}} {
		if n.from != nil {
			*n.to = *n.from
		}
	}
	for k, v := range doc.Tags {
		b.Tags[k] = string(v)
	}
	if b.State == Failed {
		b.Reason = batchFault(doc.Faults)
	}
	return b, nil
}

// batchFault reads why a batch was refused as a whole: the first of its errors.
func batchFault(raw json.RawMessage) *Error {
	var list struct {
		Data []json.RawMessage `json:"data"`
	}
	if json.Unmarshal(raw, &list) != nil || len(list.Data) == 0 {
		return &Error{Kind: BadRequest, Message: "the provider gives no reason"}
	}
	s := fields(list.Data[0])
	e := s.err(http.StatusBadRequest, nil)
	var at struct {
		Line count `json:"line"`
	}
	if json.Unmarshal(list.Data[0], &at) == nil && at.Line.n != nil {
		e.Message = oneLine(fmt.Sprintf("line %d: %s", *at.Line.n, s.message))
	}
	if s.has("token_limit_exceeded") {
		e.Kind = RateLimited // of tokens that wait, over all batches
	}
	e.Status = 0
	return e
}

// fileID is how the names of files and batches look; nothing else goes into a
// path.
var fileID = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._:-]{0,199}$`)

func badID(id string) *Error {
	return &Error{Kind: Malformed, Message: fmt.Sprintf("the provider names a file or batch %q", oneLine(id))}
}
