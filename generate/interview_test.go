package generate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards/fault"
)

// habits say what a server does with what it is told.
type habits struct {
	caps     string // field that it takes; "" for none, "both" for either
	refuses  string // field that it refuses
	usage    bool
	schema   bool // keeps to schemas
	object   bool // keeps to json_object
	seed     string
	thinks   bool
	unwell   bool
	requests int
	trials   int // of them, about no pair
}

type habitual struct {
	mu sync.Mutex
	habits
}

func (h *habitual) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q map[string]json.RawMessage
	if json.NewDecoder(r.Body).Decode(&q) != nil {
		w.WriteHeader(404)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests++
	if strings.Contains(string(q["messages"]), "a red bicycle") {
		h.trials++
	}
	if h.unwell && h.requests < 3 {
		w.WriteHeader(503)
		return
	}
	if _, there := q[h.refuses]; there {
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"error":{"message":"unsupported parameter","param":%q,"type":"invalid_request_error"}}`, h.refuses)
		return
	}
	var messages []struct{ Content string }
	if json.Unmarshal(q["messages"], &messages) != nil {
		w.WriteHeader(400)
		return
	}
	text, finish := sound(messages[len(messages)-1].Content)
	switch h.seed {
	case "kept":
		text += " Take " + string(q["seed"]) + "."
	case "chance":
		text += fmt.Sprintf(" Take %d.", h.requests)
	}
	format := string(q["response_format"])
	if h.schema && strings.Contains(format, "json_schema") || h.object && strings.Contains(format, "json_object") {
		b, _ := json.Marshal(map[string]string{"kind": "object", "difference": text, "difference_reversed": "Seen the other way round: " + text})
		text = string(b)
	}
	words := strings.Fields(text)
	most := 0
	for _, name := range []string{"max_tokens", "max_completion_tokens"} {
		if h.caps == name || h.caps == "both" {
			json.Unmarshal(q[name], &most) //nolint:errcheck // 0 where it is not there
		}
		if most > 0 && len(words) > most {
			text, finish = strings.Join(words[:most], " "), "length"
		}
	}
	reasoning, usage := "", ""
	if h.thinks {
		reasoning = "hm"
	}
	if h.usage {
		usage = fmt.Sprintf(`,"usage":{"prompt_tokens":9,"completion_tokens":%d}`, len(strings.Fields(text)))
	}
	fmt.Fprintf(w, `{"model":"asked-1","choices":[{"finish_reason":%q,"message":{"content":%q,"reasoning_content":%q}}]%s}`, finish, text, reasoning, usage)
}

// What an endpoint would silently leave out is found before the first question,
// worked around where that can be, and said.
func TestInterview(t *testing.T) {
	t.Parallel()
	good := habits{caps: "both", usage: true, schema: true, object: true, seed: "kept"}
	seeded := func(o *Options) { seed := int64(5); o.Seed, o.Temperature = &seed, .7 }
	structured := func(o *Options) { o.Prompt = "structured" }
	for name, c := range map[string]struct {
		is     func(*habits)
		set    func(*Options)
		says   []string // each part of one note
		code   int
		trials int // requests about no pair
	}{
		"does as it is told":    {func(*habits) {}, func(o *Options) { seeded(o); structured(o) }, nil, 0, 5},
		"takes the new field":   {func(h *habits) { h.caps = "max_completion_tokens" }, nil, []string{"ignores the cap of an answer in max_tokens; it is sent as max_completion_tokens"}, 0, 2},
		"refuses the old field": {func(h *habits) { h.caps, h.refuses = "max_completion_tokens", "max_tokens" }, nil, nil, 0, 2},
		"takes no cap":          {func(h *habits) { h.caps = "" }, nil, []string{"ignores the cap of an answer: one of"}, 0, 2},
		"takes no cap, uncounted": {
			func(h *habits) { h.caps, h.usage = "", false },
			nil,
			[]string{"words came where 8 tokens were allowed", "reports no token counts"},
			0, 2,
		},
		"the fixed field is ignored": {
			func(h *habits) { h.caps = "max_tokens" },
			func(o *Options) { o.CapField = "max_completion_tokens" },
			nil, fault.Usage, 2,
		},
		"no schema": {func(h *habits) { h.schema = false }, structured, []string{"ignores json_schema"}, 0, 3},
		"no JSON": {
			func(h *habits) { h.schema, h.object = false, false },
			structured,
			[]string{"ignores json_schema", "ignores json_object"},
			0, 3,
		},
		"no seed":       {func(h *habits) { h.seed = "chance" }, seeded, []string{"does not keep to --seed"}, 0, 4},
		"no chance":     {func(h *habits) { h.seed = "" }, seeded, []string{"makes no difference"}, 0, 4},
		"cold":          {func(h *habits) { h.seed = "chance" }, func(o *Options) { seeded(o); o.Temperature = 0 }, nil, 0, 1},
		"thinks":        {func(h *habits) { h.thinks = true }, nil, []string{"thinks before it answers"}, 0, 1},
		"is unwell":     {func(h *habits) { h.unwell = true }, nil, nil, 0, 1},
		"no cap is set": {func(h *habits) { h.caps = "" }, func(o *Options) { o.MaxTokens = 0 }, nil, 0, 1},
		"counts no tokens": {
			func(h *habits) { h.usage, h.thinks = false, true },
			func(o *Options) { o.MaxTokens = 0 },
			[]string{"thinks before it answers; where", "reports no token counts"},
			0, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &habitual{habits: good}
			c.is(&h.habits)
			server := httptest.NewServer(h)
			t.Cleanup(server.Close)
			o := DefaultOptions()
			o.RunDir, o.Endpoint, o.Model, o.Rules, o.Concurrency = t.TempDir(), server.URL, "asked-1", "paper", 2
			if c.set != nil {
				c.set(&o)
			}
			p := &tally{}
			result, _, err := interviewed(t, o, world{train: 5, block: 5}, p)
			if fault.ExitCode(err) != c.code && (c.code != 0 || fault.ExitCode(err) != fault.Incomplete) {
				t.Fatal(err)
			}
			var said []string
			for _, note := range p.notes {
				if strings.Contains(note, "ignores") || strings.Contains(note, "makes no difference") || strings.Contains(note, "does not keep") || strings.Contains(note, "before it answers") || strings.Contains(note, "no token counts") {
					said = append(said, note)
				}
			}
			if len(said) != len(c.says) {
				t.Errorf("said %q, want %q", said, c.says)
			}
			for i, want := range c.says {
				if i < len(said) && !strings.Contains(said[i], want) {
					t.Errorf("said %q, want %q", said[i], want)
				}
			}
			if c.code != 0 {
				if h.requests != c.trials || !strings.Contains(err.Error(), "leave --cap-field out") {
					t.Errorf("%d requests, %v", h.requests, err)
				}
				return
			}
			if h.refuses == "" && result.Spend.Requests != int64(h.requests) {
				t.Errorf("%d requests came, the books say %d", h.requests, result.Spend.Requests)
			}
			if h.trials != c.trials {
				t.Errorf("%d requests about no pair, want %d", h.trials, c.trials)
			}
		})
	}
}

// What an interview found holds for the next call, which asks nothing twice.
func TestInterviewIsRemembered(t *testing.T) {
	t.Parallel()
	h := &habitual{habits: habits{caps: "max_completion_tokens", usage: true}}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	o := DefaultOptions()
	o.RunDir, o.Endpoint, o.Model, o.Rules, o.Concurrency = t.TempDir(), server.URL, "asked-1", "paper", 2
	for i, want := range []int{2 + 6, 5} { // the seventh pair has the captions of the first
		h.requests = 0
		_, dialect, err := interviewed(t, o, world{train: int64(6 * (i + 1)), block: 50}, nil)
		if err != nil || dialect.CapField != "max_completion_tokens" || h.requests != want {
			t.Errorf("call %d: %d requests, want %d; the cap goes as %s, %v", i, h.requests, want, dialect.CapField, err)
		}
	}
}

// interviewed runs as a user's run does, interviews included.
func interviewed(t *testing.T, o Options, plan Plan, p Progress) (Result, llm.Dialect, error) {
	t.Helper()
	remotes, disconnect, err := connect(o)
	if err != nil {
		t.Fatal(err)
	}
	defer disconnect()
	waits := quick
	waits.trial = 5 * time.Second
	result, err := runAt(t.Context(), o, plan, p, remotes, waits)
	return result, remotes.all[0].asker.(speaker).Dialect(), err
}

func TestTrialFitsThePrompt(t *testing.T) {
	p, q, err := DefaultOptions().trial()
	if err != nil || p.Form != prompts.Text || !strings.HasSuffix(q.Messages[0].Content, "two brown dogs run along a beach") {
		t.Errorf("%q, %v", q.Messages, err)
	}
}
