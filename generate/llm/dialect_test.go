package llm

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
)

func TestCapFieldIsFound(t *testing.T) {
	var refused, taken atomic.Int32
	c := serve(t, DefaultOptions(), func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if hasField(body, MaxTokens) {
			refused.Add(1)
			w.WriteHeader(400)
			io.WriteString(w, `{"error":{"message":"Unsupported parameter","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`)
			return
		}
		if hasField(body, MaxCompletionTokens) {
			taken.Add(1)
		}
		answer(w, r)
	})
	for range 3 {
		if _, err := c.Ask(t.Context(), Request{Model: "m", MaxTokens: 9}); err != nil {
			t.Fatal(err)
		}
	}
	if refused.Load() != 1 || taken.Load() != 3 {
		t.Errorf("%d refused, %d taken", refused.Load(), taken.Load())
	}
}

// An endpoint without schemas is asked for an object, one without that in the
// words of the prompt alone.
func TestFormIsFound(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		takes      string // the form that the server takes
		requests   int32  // of three questions
	}{
		{"by field", `{"error":{"message":"Unsupported value","param":"response_format.type"}}`, "json_object", 4},
		{"by message", `{"error":{"message":"response_format is not supported by this model"}}`, "", 5},
		{"nested elsewhere", `{"error":{"message":"json_schema unknown","param":"response_format"}}`, "", 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var requests atomic.Int32
			c := serve(t, DefaultOptions(), func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				var q struct {
					Format struct{ Type string } `json:"response_format"`
				}
				if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
					t.Error(err)
				}
				if q.Format.Type != tt.takes {
					w.WriteHeader(400)
					io.WriteString(w, tt.body)
					return
				}
				answer(w, r)
			})
			for range 3 {
				if _, err := c.Ask(t.Context(), Request{Model: "m", Schema: json.RawMessage(`{"type":"object"}`)}); err != nil {
					t.Fatal(err)
				}
			}
			if requests.Load() != tt.requests {
				t.Errorf("%d requests, want %d", requests.Load(), tt.requests)
			}
		})
	}
}

// A refusal of something else is an error, and changes nothing.
func TestOtherRefusalsAreErrors(t *testing.T) {
	var requests atomic.Int32
	c := serve(t, DefaultOptions(), func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.WriteHeader(400)
		io.WriteString(w, `{"error":{"message":"about response_format, too","param":"messages"}}`)
	})
	_, err := c.Ask(t.Context(), Request{Model: "m", Schema: json.RawMessage(`{}`)})
	var e *Error
	if !errors.As(err, &e) || e.Kind != BadRequest || requests.Load() != 1 {
		t.Errorf("%v after %d requests", err, requests.Load())
	}
}
