package replay

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/release"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// captionsFile writes n images with one caption each, in COCO's form.
func captionsFile(t testing.TB, n int) string {
	t.Helper()
	type object = map[string]any
	things := []string{"dog", "cat", "horse", "bench", "bus", "kite", "pizza", "clock"}
	places := []string{"in a park", "on a street", "beside a river", "in a kitchen", "at the beach"}
	var images, captions []object
	for i := range n {
		images = append(images, object{"id": i + 1, "file_name": fmt.Sprintf("%012d.jpg", i+1), "license": 1 + i%8})
		text := fmt.Sprintf("A photograph of %d %ss and one %s %s, number %d.", 2+i%7, things[i%8], things[(i/8)%8], places[i%5], i)
		captions = append(captions, object{"id": i + 1, "image_id": i + 1, "caption": text})
	}
	doc, err := json.Marshal(object{"images": images, "annotations": captions, "licenses": []object{}})
	must(t, err)
	path := filepath.Join(t.TempDir(), "captions.json")
	must(t, os.WriteFile(path, doc, 0o644))
	return path
}

func hashOf(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}

// serve answers every question as write does; no text stands for an answer
// without choices.
func serve(t testing.TB, write func(question string) string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct{ Messages []struct{ Content string } }
		if json.NewDecoder(r.Body).Decode(&q) != nil || len(q.Messages) == 0 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		text := write(q.Messages[len(q.Messages)-1].Content)
		choices := []any{map[string]any{"message": map[string]any{"content": text}, "finish_reason": "stop"}}
		if text == "" {
			choices = nil
		}
		json.NewEncoder(w).Encode(map[string]any{"model": "served-1", "choices": choices, "usage": map[string]any{"prompt_tokens": 20, "completion_tokens": 9}})
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func options(run, endpoint, prompt string) generate.Options {
	o := generate.DefaultOptions()
	o.RunDir, o.Endpoint, o.Model, o.Prompt, o.Rules, o.Concurrency, o.MaxAttempts = run, endpoint, "asked-1", prompt, "paper", 8, 1
	o.Manifest.Tool = shards.Tool{Name: "pcclip", Version: "test"}
	return o
}

// planned draws a plan into a new run.
func planned(t testing.TB, captions string, pairs, block int64) (run string, plan *sample.Plan) {
	t.Helper()
	run = filepath.Join(t.TempDir(), "run")
	must(t, os.Mkdir(run, 0o755))
	plan, err := sample.Draw(t.Context(), sample.Options{Captions: captions, Format: "auto", Pairs: pairs, Seed: 7, ValidationShare: .1, BlockSize: block})
	must(t, err)
	must(t, plan.Write(run))
	return run, plan
}

// frozen makes a release of a run, with its judge's answers where one was applied.
func frozen(t testing.TB, run string, plan *sample.Plan) (dir string) {
	t.Helper()
	recorded, err := generate.OpenRecorded(run)
	must(t, err)
	defer recorded.Close()
	o := release.DefaultOptions()
	o.Run, o.Out, o.Name, o.Version, o.Plan, o.Answers, o.AllowPartial = run, filepath.Join(t.TempDir(), "out"), "world", "1.0.0", plan, recorded, true
	o.Prompt = textOf(t, "paper")
	judge, err := generate.AppliedJudge(run)
	must(t, err)
	if judge != "" {
		of := generate.JudgeDir(run, judge)
		recorded, err := generate.OpenRecorded(of)
		must(t, err)
		defer recorded.Close()
		o.Judge = &release.Judge{Name: judge, Dir: of, Prompt: textOf(t, "judge"), Answers: recorded}
	}
	must(t, release.Freeze(t.Context(), o))
	return o.Out
}

func textOf(t testing.TB, prompt string) string {
	p, err := prompts.Load(prompt)
	must(t, err)
	return p.Text
}
