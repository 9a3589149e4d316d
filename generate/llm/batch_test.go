package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReadBatch(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want Batch
	}{
		"OpenAI": {
			`{"id":"batch_1","object":"batch","status":"expired","errors":null,"input_file_id":"file-1","output_file_id":"file-2","error_file_id":"file-3",
			  "request_counts":{"total":100,"completed":95,"failed":5},"metadata":{"a":"b"}}`,
			Batch{ID: "batch_1", State: Expired, Output: "file-2", Errors: "file-3", Total: 100, Completed: 95, Failed: 5, Tags: map[string]string{"a": "b"}},
		},
		"Together": {
			`{"id":"6a1f-2","status":"COMPLETED","output_file_id":"file-2","progress":100,"created_at":"2026-01-01T00:00:00Z"}`,
			Batch{ID: "6a1f-2", State: Completed, Output: "file-2", Tags: map[string]string{}},
		},
		"odd shapes": {
			`{"id":"b","status":"in_progress","request_counts":{"total":"many","completed":1.0},"metadata":{"a":1},"output_file_id":null,"errors":7}`,
			Batch{ID: "b", State: "in_progress", Completed: 1, Tags: map[string]string{"a": ""}},
		},
		"failed": {
			`{"id":"b","status":"failed","errors":{"object":"list","data":[{"code":"model_not_found","message":"no such model","line":12,"param":"body.model"}]}}`,
			Batch{ID: "b", State: Failed, Tags: map[string]string{}, Reason: &Error{Kind: ModelNotFound, Message: "line 12: no such model", Code: "model_not_found", Param: "body.model"}},
		},
		"too many tokens": {
			`{"id":"b","status":"failed","errors":{"data":[{"code":"token_limit_exceeded","message":"Enqueued token limit reached"}]}}`,
			Batch{ID: "b", State: Failed, Tags: map[string]string{}, Reason: &Error{Kind: RateLimited, Message: "Enqueued token limit reached", Code: "token_limit_exceeded"}},
		},
		"no quota": {
			`{"id":"b","status":"failed","errors":{"data":[{"code":"billing_hard_limit_reached","message":"pay"}]}}`,
			Batch{ID: "b", State: Failed, Tags: map[string]string{}, Reason: &Error{Kind: QuotaExhausted, Message: "pay", Code: "billing_hard_limit_reached"}},
		},
	} {
		got, err := readBatch([]byte(tt.body))
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, body := range []string{``, `null`, `[]`, `{"id":"b"}`, `{"status":"completed"}`, `{"id":"../x","status":"completed"}`, `{"id":"b","status":"completed","output_file_id":"../../models"}`} {
		if b, err := readBatch([]byte(body)); err == nil {
			t.Errorf("%s: %+v", body, b)
		}
	}
}

func TestReadLine(t *testing.T) {
	response := func(status int, body string) string {
		return fmt.Sprintf(`{"id":"r","custom_id":"k","response":{"status_code":%d,"request_id":"q","body":%s},"error":null}`, status, body)
	}
	const good = `{"model":"m","choices":[{"message":{"content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}`
	for name, tt := range map[string]struct {
		line string
		kind Kind
	}{
		"answer":      {response(200, good), ""},
		"bad request": {response(400, `{"error":{"message":"no"}}`), BadRequest},
		"server":      {response(500, `{"error":{"message":"oops"}}`), Overloaded},
		"slow down":   {response(429, `{"error":{"message":"slow"}}`), RateLimited},
		"null":        {response(200, `null`), Malformed},
		"a page":      {response(502, `"<html>"`), Overloaded},
		"blank":       {response(200, `{"choices":[{"message":{"content":" "}}]}`), Blank},
		"expired":     {`{"custom_id":"k","response":null,"error":{"code":"batch_expired","message":"too late"}}`, Unasked},
		"cancelled":   {`{"custom_id":"k","error":{"code":"batch_cancelled"}}`, Unasked},
		"limited":     {`{"custom_id":"k","error":{"code":"rate_limit_exceeded"}}`, RateLimited},
		"internal":    {`{"custom_id":"k","error":{"code":"server_error","message":"x"}}`, Overloaded},
		"quota":       {`{"custom_id":"k","error":{"code":"insufficient_quota"}}`, QuotaExhausted},
		"something":   {`{"custom_id":"k","error":{"message":"x"}}`, BadRequest},
	} {
		l, err := ReadLine([]byte(tt.line))
		if err != nil || l.ID != "k" || (l.Err == nil) != (tt.kind == "") || l.Err != nil && l.Err.Kind != tt.kind {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
	l, err := ReadLine([]byte(response(200, good)))
	online, _ := Read(200, nil, []byte(good))
	if err != nil || !reflect.DeepEqual(l.Answer, online) {
		t.Errorf("%+v, %v; online %+v", l.Answer, err, online)
	}
	for _, line := range []string{``, `x`, `null`, `{}`, `{"custom_id":"k"}`, `{"response":{"status_code":200,"body":{}}}`, `{"custom_id":7,"error":{}}`, `{"custom_id":"k","response":{"body":{}}}`, response(200, good)[:90]} {
		if l, err := ReadLine([]byte(line)); err == nil {
			t.Errorf("%s: %+v", line, l)
		}
	}
}

func FuzzReadLine(f *testing.F) {
	f.Add([]byte(`{"custom_id":"k","response":{"status_code":200,"body":{"choices":[]}},"error":null}`))
	f.Add([]byte(`{"custom_id":"k","response":null,"error":{"code":"batch_expired"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ReadLine(text)
		var e *Error
		if err != nil && (!errors.As(err, &e) || l.ID != "") || err == nil && (l.ID == "" || l.Err == nil && strings.TrimSpace(l.Answer.Text) == "") {
			t.Errorf("%+v, %v", l, err)
		}
	})
}

// A line carries what Ask would send.
func TestBatchLine(t *testing.T) {
	var sent map[string]any
	c := serve(t, DefaultOptions(), func(w http.ResponseWriter, r *http.Request) {
		json.NewDecoder(r.Body).Decode(&sent)
		answer(w, r)
	})
	zero, seed := 0.0, int64(7)
	q := Request{
		Model: "m", Messages: []Message{{Role: "user", Content: "two\nlines, \"quotes\" and <tags>"}}, Temperature: &zero, MaxTokens: 9, Seed: &seed,
		Schema: json.RawMessage(`{"type":"object"}`), Extra: map[string]any{"top_k": 40, "top_p": nil},
	}
	if _, err := c.Ask(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	delete(sent, "stream") // go-openai's: false is what a line without it means
	text, err := c.BatchLine("id-1", q)
	if err != nil || bytes.ContainsAny(text, "\n\r") {
		t.Fatalf("%s, %v", text, err)
	}
	var line struct {
		ID, Method, URL string
		Custom          string `json:"custom_id"`
		Body            map[string]any
	}
	if err := json.Unmarshal(text, &line); err != nil {
		t.Fatal(err)
	}
	if line.Custom != "id-1" || line.Method != "POST" || line.URL != "/v1/chat/completions" || !reflect.DeepEqual(line.Body, sent) {
		t.Errorf("%s\nsent %v", text, sent)
	}
}

func TestUpload(t *testing.T) {
	const text = "{\"a\":1}\n{\"b\":2}\n"
	var got, purpose, name string
	var length int64
	c := serve(t, DefaultOptions(), func(w http.ResponseWriter, r *http.Request) {
		length = r.ContentLength
		f, h, err := r.FormFile("file")
		if err != nil || r.URL.Path != "/v1/files" {
			t.Errorf("%s: %v", r.URL, err)
			return
		}
		b, _ := io.ReadAll(f)
		got, purpose, name = string(b), r.FormValue("purpose"), h.Filename
		io.WriteString(w, `{"id":"file-9","object":"file"}`)
	})
	id, err := c.Upload(t.Context(), "x.jsonl", strings.NewReader(text), int64(len(text)))
	if err != nil || id != "file-9" || got != text || purpose != "batch" || name != "x.jsonl" || length < int64(len(text)) {
		t.Errorf("%q, %v: %q, %q, %q, %d", id, err, got, purpose, name, length)
	}
	for body, status := range map[string]int{`{"object":"file"}`: 200, `{"id":"../models"}`: 200, `<html>`: 200, `{"error":{"message":"too large"}}`: 413} {
		c := serve(t, DefaultOptions(), func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status); io.WriteString(w, body) })
		var e *Error
		if id, err := c.Upload(t.Context(), "x", strings.NewReader(text), int64(len(text))); !errors.As(err, &e) || id != "" {
			t.Errorf("%s: %q, %v", body, id, err)
		}
	}
}

func TestListOfBatches(t *testing.T) {
	pages := map[string]string{
		"":   `{"data":[{"id":"b1","status":"completed"},{"no":"batch"}],"has_more":true,"last_id":"b1"}`,
		"b1": `{"data":[{"id":"b2","status":"failed"}],"has_more":true}`,
		"b2": `{"data":[{"id":"b3","status":"expired"}],"has_more":false}`,
	}
	c := serve(t, DefaultOptions(), func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, pages[r.URL.Query().Get("after")]) })
	var ids []string
	for b, err := range c.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, b.ID)
	}
	if !slices.Equal(ids, []string{"b1", "b2", "b3"}) {
		t.Error(ids)
	}
	pages["b2"] = `{"data":[],"has_more":true,"last_id":"b2"}` // it goes nowhere
	n := 0
	for range c.Batches(t.Context()) {
		n++
	}
	if n != 2 {
		t.Errorf("%d batches", n)
	}
}

func TestDownload(t *testing.T) {
	const most = 10_000
	o := DefaultOptions()
	o.Stall, o.Total = 100*time.Millisecond, 200*time.Millisecond
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) }
	}
	hang := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, text)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}
	for name, tt := range map[string]struct {
		serve http.HandlerFunc
		lines []string
		kind  Kind
	}{
		"lines":           {say("one\n\ntwo\r\nthree"), []string{"one", "two", "three"}, ""},
		"nothing":         {say(""), nil, ""},
		"a page":          {say("<html><title>Sign in</title></html>"), nil, Malformed},
		"too much":        {say(strings.Repeat("x\n", most)), nil, Malformed},
		"a line too long": {say("one\n" + strings.Repeat("x", maxLine+1)), []string{"one"}, Malformed},
		"not there":       {http.NotFound, nil, BadRequest},
		"broken off": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "one\n")
		}, []string{"one"}, Transport},
		"stalls": {hang("one\n"), []string{"one"}, TimedOut},
		"hangs":  {func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, nil, TimedOut},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, o, tt.serve)
			var lines []string
			limit := int64(most)
			if name == "a line too long" {
				limit = 2 * maxLine
			}
			err := c.Download(t.Context(), "file-1", limit, func(line []byte) error { lines = append(lines, string(line)); return nil })
			var e *Error
			if tt.kind == "" && err != nil || tt.kind != "" && (!errors.As(err, &e) || e.Kind != tt.kind) {
				t.Errorf("got %v", err)
			}
			if name != "too much" && !slices.Equal(lines, tt.lines) {
				t.Errorf("%q", lines)
			}
		})
	}
	c := serve(t, o, say("one\ntwo\n"))
	mine := errors.New("mine")
	if err := c.Download(t.Context(), "file-1", most, func([]byte) error { return mine }); err != mine {
		t.Errorf("got %v", err)
	}
	if err := c.Download(t.Context(), "../models", most, nil); err == nil {
		t.Error("a name that leads elsewhere was taken")
	}
}

// Some providers keep files on another host; the key does not go there.
func TestDownloadElsewhere(t *testing.T) {
	t.Setenv("PCCLIP_TEST_KEY", "sk-very-secret-1")
	o := DefaultOptions()
	o.KeyEnv = "PCCLIP_TEST_KEY"
	var auth []string
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth = append(auth, r.Header.Get("Authorization")+r.Header.Get("Referer"))
		io.WriteString(w, "you are sk-very-secret-1\n")
	}))
	t.Cleanup(store.Close)
	c := serve(t, o, func(w http.ResponseWriter, r *http.Request) {
		auth = append(auth, r.Header.Get("Authorization"))
		http.Redirect(w, r, store.URL+"/x?signature=1", http.StatusFound)
	})
	var line string
	err := c.Download(t.Context(), "file-1", 1000, func(b []byte) error { line = string(b); return nil })
	if err != nil || line != "you are [key]" || !slices.Equal(auth, []string{"Bearer sk-very-secret-1", ""}) {
		t.Errorf("%q, %q, %v", line, auth, err)
	}
}
