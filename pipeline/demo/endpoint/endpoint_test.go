package endpoint

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/shards/fault"
)

func ask(t *testing.T, method, path, body string) (status int, answer string) {
	t.Helper()
	server := httptest.NewServer(Handler(world.Writer{Seed: 1}))
	defer server.Close()
	req, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func chat(a, b string) string {
	doc, err := json.Marshal(map[string]any{
		"model":    WriterModel,
		"messages": []any{map[string]any{"role": "user", "content": "Compare.\n\nCaption 1: " + a + "\nCaption 2: " + b + "\n"}},
	})
	if err != nil {
		panic(err)
	}
	return string(doc)
}

func TestEndpointWritesDifferences(t *testing.T) {
	body := chat("A small red circle.", "Two large blue squares")
	status, first := ask(t, "POST", "/v1/chat/completions", body)
	if status != http.StatusOK {
		t.Fatalf("%d: %s", status, first)
	}
	var answer struct {
		Model   string
		Choices []struct {
			FinishReason string `json:"finish_reason"`
			Message      struct{ Content string }
		}
		Usage struct {
			PromptTokens     int `json:"prompt_tokens"`
			CompletionTokens int `json:"completion_tokens"`
		}
	}
	if err := json.Unmarshal([]byte(first), &answer); err != nil {
		t.Fatal(err)
	}
	text := answer.Choices[0].Message.Content
	if !strings.Contains(text, "red") || !strings.Contains(text, "second") || answer.Choices[0].FinishReason != "stop" || answer.Usage.CompletionTokens == 0 {
		t.Errorf("answer %s", first)
	}
	if _, again := ask(t, "POST", "/v1/chat/completions", body); again != first {
		t.Error("one request, two answers")
	}
	if _, other := ask(t, "POST", "/v1/chat/completions", chat("A man surfs.", "")); !strings.Contains(other, "a man surfs") {
		t.Errorf("captions of no world: %s", other)
	}
}

func TestEndpointRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"not JSON":      {"POST", "/v1/chat/completions", "{", 400, "not a chat completion"},
		"another model": {"POST", "/v1/chat/completions", `{"model":"gpt"}`, 404, "does not exist"},
		"no captions":   {"POST", "/v1/chat/completions", `{"model":"` + WriterModel + `","messages":[{"role":"user","content":"hi"}]}`, 400, "Caption 1"},
		"streaming":     {"POST", "/v1/chat/completions", `{"model":"` + WriterModel + `","stream":true}`, 400, "streaming"},
		"too large":     {"POST", "/v1/chat/completions", `{"model":"` + strings.Repeat("x", maxRequest), 413, "longer than"},
		"get":           {"GET", "/v1/chat/completions", "", 405, "use POST"},
		"another path":  {"GET", "/v1/embeddings", "", 404, "known paths"},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := ask(t, c.method, c.path, c.body)
			if status != c.status || !strings.Contains(body, c.want) || !json.Valid([]byte(body)) {
				t.Errorf("%d: %s", status, body)
			}
		})
	}
	if status, body := ask(t, "GET", "/v1/models", ""); status != 200 || !strings.Contains(body, WriterModel) {
		t.Errorf("models: %d %s", status, body)
	}
}

func TestEndpointStaysOnLoopback(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "example.com:80", "nonsense"} {
		if _, err := Serve(addr, world.Writer{}); fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s: got %v", addr, err)
		}
	}
	e, err := Serve("127.0.0.1:0", world.Writer{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(e.URL + "/models")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if _, err := http.Get(e.URL + "/models"); err == nil {
		t.Error("a closed endpoint answers")
	}
}

func FuzzCaptions(f *testing.F) {
	f.Add("x\nCaption 1: a\nCaption 2: b")
	f.Fuzz(func(t *testing.T, prompt string) {
		if a, b, ok := captions(prompt); ok && (!strings.Contains(prompt, a) || !strings.Contains(prompt, b)) {
			t.Fatalf("%q gives %q and %q", prompt, a, b)
		}
	})
}

func TestEndpointKnowsTheForms(t *testing.T) {
	say := func(prompt string) string {
		t.Helper()
		text, ok := write(world.Writer{Seed: 1}, "request", prompt)
		if !ok {
			t.Fatalf("no answer to %q", prompt)
		}
		return text
	}
	const two = "\n\nCaption 1: A small red circle.\nCaption 2: A large blue square."
	var doc struct{ Kind, Difference, Difference_reversed string }
	if err := json.Unmarshal([]byte(say(`Answer with "difference_reversed".`+two)), &doc); err != nil || doc.Kind == "" || doc.Difference == doc.Difference_reversed {
		t.Errorf("%+v, %v", doc, err)
	}
	if text := say("Write another caption.\n\nCaption: A photo of a small red circle on a gray background"); !strings.Contains(text, "small red circle") || !strings.Contains(text, "gray background") || strings.Contains(text, "photo of") {
		t.Error(text)
	}
	if text := say("Caption: A man surfs."); text != "This picture shows a man surfs." {
		t.Error(text)
	}
}

// A prompt that asks for an order of mention, or caps the answer, gets what it
// asks for.
func TestEndpointDoesAsItIsTold(t *testing.T) {
	said := func(line, a, b string, most int) (text, finish string) {
		doc, err := json.Marshal(map[string]any{"model": WriterModel, "max_tokens": most, "messages": []any{
			map[string]any{"role": "user", "content": "Compare.\n" + line + "\n\nCaption 1: " + a + "\nCaption 2: " + b},
		}})
		if err != nil {
			t.Fatal(err)
		}
		_, body := ask(t, "POST", "/v1/chat/completions", string(doc))
		var answer struct {
			Choices []struct {
				FinishReason string `json:"finish_reason"`
				Message      struct{ Content string }
			}
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil || len(answer.Choices) == 0 {
			t.Fatalf("%s: %v", body, err)
		}
		return answer.Choices[0].Message.Content, answer.Choices[0].FinishReason
	}
	for line, second := range map[string]bool{"Mention the first image before the second.": false, "Mention the second image before the first.": true} {
		for _, a := range []string{"A small red circle.", "A large blue square", "A man surfs.", "Two green triangles"} {
			text, _ := said(line, a, "Two large blue squares", 0)
			if x, y := strings.Index(text, "first"), strings.Index(text, "second"); x < 0 || y < 0 || (y < x) != second {
				t.Errorf("%s: %q", line, text)
			}
		}
	}
	if text, finish := said("", "A man surfs.", "A dog sleeps.", 5); text != "The first image shows a" || finish != "length" {
		t.Errorf("%q, %s", text, finish)
	}
}
