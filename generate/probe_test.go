package generate

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// listing puts a list of models before an endpoint.
func listing(t *testing.T, e *endpoint, models string) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/models" {
			io.WriteString(w, models)
			return
		}
		e.serve(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestProbe(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		models string
		note   string // part of the only note
		code   int
	}{
		"serves it":  {`{"data":[{"id":"asked-1","max_model_len":4096}]}`, "", 0},
		"others":     {`{"data":[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"},{"id":"e"},{"id":"f"},{"id":"g"}]}`, "only a, b, c, d, e, 2 others", 0},
		"too small":  {`{"data":[{"id":"asked-1","max_model_len":200}]}`, "", fault.Usage},
		"tells none": {`[]`, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint(t)
			o := options(t.TempDir(), e)
			o.Endpoint = listing(t, e, tt.models).URL
			p := &tally{}
			_, err := generate(t, o, world{train: 20, block: 8}, p)
			if fault.ExitCode(err) != tt.code || tt.code != 0 && e.requests() != 0 {
				t.Errorf("%v after %d requests", err, e.requests())
			}
			p.notes = slices.DeleteFunc(p.notes, func(line string) bool { return strings.Contains(line, `answers as "served-1"`) })
			if len(p.notes) > 1 || strings.Contains(strings.Join(p.notes, ""), tt.note) != true || tt.note == "" && len(p.notes) != 0 {
				t.Errorf("notes %q, want %q", p.notes, tt.note)
			}
		})
	}
}

// An endpoint that does otherwise than asked is spoken of once.
func TestNotices(t *testing.T) {
	t.Parallel()
	n := func(v int64) *int64 { return &v }
	e := &remote{url: "http://h/v1", model: "m"}
	whole := llm.Usage{Prompt: n(9), Completion: n(10)}
	thinks := llm.Usage{Prompt: n(9), Completion: n(10), Reasoning: n(6)}
	for _, tt := range []struct {
		name string
		q    llm.Request
		a    llm.Answer
		want string
	}{
		{"as asked", llm.Request{Schema: []byte("{}")}, llm.Answer{Usage: whole, Model: "m", Form: "json_schema"}, ""},
		{"no usage", llm.Request{}, llm.Answer{}, "token counts"},
		{"another model", llm.Request{}, llm.Answer{Usage: whole, Model: "x"}, `as "x"`},
		{"no schema", llm.Request{Schema: []byte("{}")}, llm.Answer{Usage: whole}, "no JSON schema"},
		{"cap", llm.Request{MaxTokens: 5}, llm.Answer{Usage: whole, CapField: llm.MaxCompletionTokens}, "max_completion_tokens"},
		{"thinks", llm.Request{}, llm.Answer{Usage: thinks}, "thinks"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var lines []string
			var seen notices
			for range 2 * noticeAfter {
				if line := seen.see(e, tt.q, tt.a); line != "" {
					lines = append(lines, line)
				}
			}
			if tt.want == "" && len(lines) > 0 || tt.want != "" && (len(lines) != 1 || !strings.Contains(lines[0], tt.want)) {
				t.Errorf("%q, want %q", lines, tt.want)
			}
		})
	}
}
