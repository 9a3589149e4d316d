package demo

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/eval"
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

func testTasks(t *testing.T) ([]eval.Item, []world.Image) {
	t.Helper()
	test := world.DrawSplit(3, world.Split{Name: "test", Count: 1500})
	held := world.DrawSplit(3, world.Split{Name: "held", Count: 500, Held: true})
	return Tasks(3, world.Writer{Seed: 3}, test, held), test
}

func TestTasksAreWhole(t *testing.T) {
	items, _ := testTasks(t)
	n := map[string]int{}
	for _, it := range items {
		n[it.Kind+" "+it.Task+" "+it.Order]++
	}
	for key, atLeast := range map[string]int{
		"difference size first": 500, "difference size second": 500, "difference colour first": 560, "difference shape first": 495,
		"difference list first": 450, "difference list second": 450, "difference free first": 400, "difference free held first": 400,
		"difference list held first": 450, "difference number first": 500, "difference count second": 500, "difference light first": 500,
		"class colour+shape ": 48, "class colour ": 8, "classify shape ": 1000, "retrieve captions ": 500,
	} {
		if n[key] < atLeast {
			t.Errorf("%d items of %q, want %d or more", n[key], key, atLeast)
		}
	}
	b, err := encodeTasks(items)
	if err != nil {
		t.Fatal(err)
	}
	again, err := encodeTasks(func() []eval.Item { items, _ := testTasks(t); return items }())
	if err != nil || !bytes.Equal(b, again) {
		t.Errorf("two task files of one world: %v", err)
	}
}

// What a size or colour text says of its images is true, and its reverse false.
func TestTaskTextsAreTrue(t *testing.T) {
	items, test := testTasks(t)
	scene := func(name string) world.Scene {
		for i := range test {
			if world.FileName("test", i) == name {
				return test[i].Scene
			}
		}
		t.Fatalf("no image %s", name)
		return world.Scene{}
	}
	checked := 0
	for _, it := range items {
		if it.Kind != eval.KindDifference || it.Task != "size" && it.Task != "colour" || checked > 400 {
			continue
		}
		checked++
		a, b := scene(it.ImageA), scene(it.ImageB)
		x, y := a.Colour, b.Colour
		if it.Task == "size" {
			x, y = "larger", "smaller"
			if a.Size == "small" {
				x, y = y, x
			}
		}
		if it.Order == eval.OrderSecond {
			x, y = y, x
		}
		if i, j := strings.Index(it.Text, x), strings.LastIndex(it.Text, y); i < 0 || j >= 0 && i > j {
			t.Fatalf("%q of %s %s and %s %s", it.Text, a.Size, a.Colour, b.Size, b.Colour)
		}
		if it.Text == it.Reversed {
			t.Fatalf("%q is its own reverse", it.Text)
		}
	}
}

func TestResultAddsUp(t *testing.T) {
	report := func(sign float64) eval.Report {
		var r eval.Report
		for _, task := range MeanTasks {
			r.Differences = append(r.Differences, eval.Difference{Task: task, Order: eval.OrderFirst, N: 1, Sign: sign, Two: sign + 1, Captions: 99})
		}
		r.ZeroShot = []eval.Accuracy{{Task: "colour", N: 1, Top1: 90}}
		r.Retrieval = []eval.Accuracy{{Task: "captions", N: 1, Top1: 20, Back: 21}}
		return r
	}
	r := summarise([]Scores{{Seed: 0, Start: report(70), Finetuned: report(80), Shuffled: report(69)}, {Seed: 1, Start: report(72), Finetuned: report(84), Shuffled: report(73)}})
	if g := r.Headline(); g.Mean != 11 || g.Error != 1 {
		t.Errorf("gain %+v", g)
	}
	var text bytes.Buffer
	if err := r.Render(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"mean of 2 worlds", "71.0 ± 1.0", "+11.0 ± 1.0", "caption a - caption b", "zero-shot"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	page, err := render(r, []example{{}})
	if err != nil || !bytes.Contains(page, []byte("11.0 ± 1.0")) || bytes.Contains(page, []byte("http")) {
		t.Errorf("page: %v\n%s", err, page)
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
