package llm

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// said is a whole answer of an ordinary server.
const said = `{"id":"c1","model":"m-1","system_fingerprint":"fp","choices":[{"index":0,"message":{"role":"assistant","content":"A difference."},"finish_reason":"stop"}],` +
	`"usage":{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":0}}}`

func choice(message, finish string) string {
	return `{"model":"m","choices":[{"message":` + message + `,"finish_reason":` + finish + `}]}`
}

func TestReadKinds(t *testing.T) {
	page := "<html><head><title>502 Bad Gateway</title></head></html>"
	for _, tt := range []struct {
		name   string
		status int
		body   string
		kind   Kind // "" means a usable answer
		words  string
	}{
		{"answer", 200, said, "", ""},
		{"created 201", 201, said, "", ""},
		{"leading blank lines", 200, "\n\n\n" + said, "", ""},
		{"null error", 200, strings.Replace(said, "{", `{"error":null,`, 1), "", ""},
		{"odd fields", 200, `{"id":7,"created":1.5,"model":3,"choices":[{"message":{"content":"x"},"finish_reason":7}],"usage":{"prompt_tokens":"9"}}`, "", ""},
		{"no finish", 200, choice(`{"content":"x"}`, "null"), "", ""},
		{"content parts", 200, choice(`{"content":[{"type":"text","text":"x"}]}`, `"stop"`), "", ""},
		{"stop sequence", 200, choice(`{"content":"x"}`, `"stop_sequence"`), "", ""},
		{"reasoning and content", 200, choice(`{"content":"x","reasoning":"y"}`, `"stop"`), "", ""},

		{"null", 200, " null\n", Malformed, "null"},
		{"empty body", 200, "", Malformed, ""},
		{"cut", 200, said[:40], Malformed, ""},
		{"two documents", 200, said + said, Malformed, ""},
		{"HTML with 200", 200, page, Malformed, "502 Bad Gateway"},
		{"a list", 200, "[]", Malformed, ""},
		{"nested error", 200, `{"error":{"message":"engine died","type":"internal"}}`, ErrorBody, "engine died"},
		{"nested error with code", 200, `{"error":{"message":"slow down","code":429}}`, RateLimited, "slow down"},
		{"error beside choices", 200, `{"error":{"message":"died"},"choices":[{"message":{"content":"x"}}]}`, ErrorBody, "died"},
		{"flat error", 200, `{"object":"error","message":"died","code":500}`, Overloaded, "died"},
		{"detail", 200, `{"detail":[{"msg":"bad"}]}`, ErrorBody, "bad"},
		{"context, with 200", 200, `{"error":{"message":"x","type":"exceed_context_size_error"}}`, ContextTooLong, ""},
		{"no choices", 200, `{"choices":[]}`, NoChoices, ""},
		{"null choices", 200, `{"choices":null,"usage":{}}`, NoChoices, ""},
		{"null content", 200, choice(`{"content":null}`, `"stop"`), Blank, ""},
		{"blank content", 200, choice(`{"content":" \n "}`, `"stop"`), Blank, ""},
		{"reasoning only", 200, choice(`{"content":null,"reasoning":"hm"}`, `"length"`), ReasoningOnly, ""},
		{"old reasoning only", 200, choice(`{"content":"","reasoning_content":"hm"}`, `"stop"`), ReasoningOnly, ""},
		{"length", 200, choice(`{"content":"The first"}`, `"length"`), Length, ""},
		{"refusal", 200, choice(`{"content":null,"refusal":"I will not"}`, `"stop"`), Refusal, "I will not"},
		{"filter", 200, choice(`{"content":""}`, `"content_filter"`), ContentFiltered, ""},
		{"abort", 200, choice(`{"content":"The"}`, `"abort"`), Overloaded, ""},

		{"OpenAI rate limit", 429, `{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}`, RateLimited, "Rate limit"},
		{"quota", 429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}`, QuotaExhausted, "quota"},
		{"the word quota alone", 429, `{"error":{"message":"quota exceeded for requests per minute","code":429}}`, RateLimited, ""},
		{"payment", 402, `{"error":{"message":"no credits"}}`, QuotaExhausted, "no credits"},
		{"key", 401, `{"error":{"message":"Incorrect API key"}}`, Unauthorised, "Incorrect"},
		{"forbidden", 403, `{"detail":"no"}`, Unauthorised, "no"},
		{"model code", 404, `{"error":{"message":"gone","code":"model_not_found"}}`, ModelNotFound, ""},
		{"vLLM flat model", 404, `{"object":"error","message":"The model x does not exist.","type":"NotFoundError","code":404}`, ModelNotFound, "does not exist"},
		{"Ollama model", 404, `{"error":{"message":"model \"x\" not found, try pulling it first","type":"api_error"}}`, ModelNotFound, `"x"`},
		{"wrong path", 404, `{"detail":"Not Found"}`, BadRequest, "Not Found"},
		{"wrong path, text", 404, "404 page not found\n", BadRequest, "page not found"},
		{"context code", 400, `{"error":{"message":"x","code":"context_length_exceeded"}}`, ContextTooLong, ""},
		{"context words", 400, `{"object":"error","message":"This model's maximum context length is 10 tokens","code":400}`, ContextTooLong, ""},
		{"context, llama.cpp 500", 500, `{"error":{"code":500,"message":"x","type":"exceed_context_size_error"}}`, ContextTooLong, ""},
		{"context words in a 500", 500, `{"error":{"message":"context length thread died"}}`, Overloaded, ""},
		{"TGI input", 422, `{"error":"Input validation error: inputs too long","error_type":"validation"}`, ContextTooLong, ""},
		{"TGI overloaded", 429, `{"error":"Model is overloaded","error_type":"overloaded"}`, RateLimited, "overloaded"},
		{"TGI generation", 424, `{"error":"Request failed during generation","error_type":"generation"}`, Overloaded, ""},
		{"filter code", 400, `{"error":{"message":"x","code":"content_filter"}}`, ContentFiltered, ""},
		{"Azure inner filter", 400, `{"error":{"message":"x","code":"bad","innererror":{"code":"ResponsibleAIPolicyViolation"}}}`, ContentFiltered, ""},
		{"FastAPI", 422, `{"detail":[{"loc":["body"],"msg":"field required"}]}`, BadRequest, "field required"},
		{"unknown parameter", 400, `{"error":{"message":"Unsupported parameter: 'max_tokens'","param":"max_tokens"}}`, BadRequest, "max_tokens"},
		{"loading", 503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, Overloaded, "Loading"},
		{"HTML 502", 502, page, Overloaded, "502 Bad Gateway"},
		{"HTML 404", 404, page, BadRequest, "web page"},
		{"529", 529, "", Overloaded, ""},
		{"408", 408, "", TimedOut, ""},
		{"413", 413, "", ContextTooLong, ""},
		{"redirect", 307, "", BadRequest, "elsewhere"},
		{"message list", 400, `{"error":{"message":["a","b"]}}`, BadRequest, "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{"Location": {"elsewhere"}}
			a, err := Read(tt.status, header, []byte(tt.body))
			if string(a.Body) != tt.body || a.Status != tt.status {
				t.Errorf("answer lost its body or status: %+v", a)
			}
			if tt.kind == "" {
				if err != nil || a.Text == "" {
					t.Errorf("text %q, error %v", a.Text, err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			if e.Kind != tt.kind || e.Status != tt.status || !strings.Contains(e.Message, tt.words) || strings.Contains(e.Error(), "\n") {
				t.Errorf("got %#v, want %s with %q", e, tt.kind, tt.words)
			}
		})
	}
}

func TestReadTakesEverything(t *testing.T) {
	a, err := Read(200, nil, []byte(said))
	if err != nil {
		t.Fatal(err)
	}
	u := a.Usage
	if a.Text != "A difference." || a.Model != "m-1" || a.Fingerprint != "fp" || a.Finish != "stop" ||
		*u.Prompt != 9 || *u.Completion != 3 || *u.Cached != 4 || *u.Reasoning != 0 {
		t.Errorf("%+v", a)
	}
	a, err = Read(200, nil, []byte(choice(`{"content":"x"}`, `"stop"`)))
	if err != nil || a.Usage != (Usage{}) {
		t.Errorf("usage that nobody reported: %+v, %v", a.Usage, err)
	}
	a, _ = Read(200, nil, []byte(choice(`{"content":"half an"}`, `"length"`)))
	if a.Text != "half an" {
		t.Errorf("a cut answer lost its text: %+v", a)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		name    string
		header  map[string]string
		message string
		want    time.Duration
	}{
		{"nothing", nil, "", 0},
		{"seconds", map[string]string{"Retry-After": "7"}, "", 7 * time.Second},
		{"fraction", map[string]string{"Retry-After": "0.25"}, "", 250 * time.Millisecond},
		{"date", map[string]string{"Retry-After": now.Add(9 * time.Second).Format(http.TimeFormat)}, "", 9 * time.Second},
		{"date on the server's clock", map[string]string{"Date": now.Add(time.Hour).Format(http.TimeFormat), "Retry-After": now.Add(time.Hour + 2*time.Second).Format(http.TimeFormat)}, "", 2 * time.Second},
		{"past date", map[string]string{"Retry-After": now.Add(-time.Minute).Format(http.TimeFormat)}, "", 0},
		{"milliseconds first", map[string]string{"Retry-After-Ms": "120", "Retry-After": "9"}, "", 120 * time.Millisecond},
		{"duration", map[string]string{"Retry-After": "1m30s"}, "", 90 * time.Second},
		{"reset of requests", map[string]string{"X-Ratelimit-Remaining-Requests": "0", "X-Ratelimit-Reset-Requests": "120ms"}, "", 120 * time.Millisecond},
		{"only exhausted limits", map[string]string{"X-Ratelimit-Remaining-Requests": "5", "X-Ratelimit-Reset-Requests": "1h", "X-Ratelimit-Remaining-Tokens": "0", "X-Ratelimit-Reset-Tokens": "6m0s"}, "", 6 * time.Minute},
		{"reset at a Unix time", map[string]string{"X-Ratelimit-Reset": "1767323050"}, "", 5 * time.Second},
		{"reset at Unix milliseconds", map[string]string{"X-Ratelimit-Reset": "1767323046500"}, "", 1500 * time.Millisecond},
		{"words", nil, "Rate limit reached. Please try again in 1m2.5s. Visit", 62500 * time.Millisecond},
		{"words in ms", nil, "Please try again in 120ms", 120 * time.Millisecond},
		{"words in full", nil, "Please retry after 20 seconds.", 20 * time.Second},
		{"header before words", map[string]string{"Retry-After": "1"}, "try again in 9s", time.Second},
		{"a day", map[string]string{"Retry-After": "86400"}, "", time.Hour},
		{"negative", map[string]string{"Retry-After": "-3"}, "", 0},
		{"not a number", map[string]string{"Retry-After": "NaN"}, "", 0},
		{"infinite", map[string]string{"Retry-After": "Inf"}, "", time.Hour},
		{"nonsense", map[string]string{"Retry-After": "soon"}, "soon", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for k, v := range tt.header {
				h.Set(k, v)
			}
			if got := retryAfter(h, tt.message, now); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRetryableKinds(t *testing.T) {
	for kind, want := range map[Kind]bool{
		RateLimited: true, Overloaded: true, Transport: true, TimedOut: true, Malformed: true, ErrorBody: true, NoChoices: true, Blank: true,
		QuotaExhausted: false, Unauthorised: false, ModelNotFound: false, ContextTooLong: false, BadRequest: false, ContentFiltered: false,
		Canceled: false, ReasoningOnly: false, Length: false, Refusal: false,
	} {
		if (&Error{Kind: kind}).Retryable() != want {
			t.Errorf("%s: want %v", kind, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(200, []byte(said))
	f.Add(200, []byte(`{"error":{"message":"x","code":429}}`))
	f.Add(503, []byte(`{"detail":[{"msg":"x"}]}`))
	f.Add(502, []byte("<html><title>x</title>"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		a, err := Read(status, nil, body)
		var e *Error
		switch {
		case err == nil:
			if strings.TrimSpace(a.Text) == "" || status < 200 || status > 299 {
				t.Fatalf("status %d, body %q read as the answer %q", status, body, a.Text)
			}
		case !errors.As(err, &e) || e.Kind == "" || strings.ContainsAny(e.Error(), "\n\r") || len(e.Message) > 1000:
			t.Fatalf("error %#v", err)
		}
	})
}

// A string of a response is what a parser reads, escapes and broken bytes too.
func TestText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.OneOf(rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }), rapid.String()).Draw(t, "raw")
		for _, doc := range []string{`"` + raw + `"`, raw, strconv.Quote(raw)} {
			if !json.Valid([]byte(doc)) {
				continue
			}
			var want string
			err := json.Unmarshal([]byte(doc), &want)
			if got, ok := text([]byte(doc)); ok != (err == nil) || ok && got != want {
				t.Fatalf("%s: %q, %v; want %q, %v", doc, got, ok, want, err)
			}
		}
	})
}
