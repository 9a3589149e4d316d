package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pcclip/pcclip/pipeline/demo/world"
)

// steady answers each question always alike, after its delay in milliseconds.
type steady struct{ delay atomic.Int64 }

func (s *steady) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct{ Messages []struct{ Content string } }
	if json.NewDecoder(r.Body).Decode(&q) != nil || len(q.Messages) == 0 {
		http.NotFound(w, r)
		return
	}
	h := fnv.New32a()
	h.Write([]byte(q.Messages[0].Content))
	time.Sleep(time.Duration(s.delay.Load()) * time.Millisecond)
	_, captions, _ := strings.Cut(q.Messages[0].Content, "Caption 1: ")
	a, b, _ := strings.Cut(captions, "\nCaption 2: ")
	answer := fmt.Sprintf("The first image shows %s, while the second image shows %s.", a, b)
	if h.Sum32()%11 == 0 {
		answer = "I'm sorry, but I cannot see the images."
	}
	fmt.Fprintf(w, `{"model":"m","choices":[{"finish_reason":"stop","message":{"content":%q}}],"usage":{"prompt_tokens":9,"completion_tokens":9}}`, answer)
}

// A run that was killed ten times, at other numbers of requests and processors,
// gives the same bytes in every file of its release as one that was left alone.
func TestReleasesOfKilledRunsAreTheSame(t *testing.T) {
	writer := &steady{}
	server := httptest.NewServer(writer)
	defer server.Close()
	dir := t.TempDir()
	captions := filepath.Join(dir, "world", "diff.json")
	if err := world.WriteFiles(t.Context(), filepath.Join(dir, "world"), 1, []world.Split{{Name: "diff", Count: 60}}, func(int64) {}); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 11))
	released := func(name, concurrency, processors string, kills int) map[string]string {
		t.Setenv("GOMAXPROCS", processors)
		run, out := filepath.Join(dir, name), filepath.Join(dir, name+"-released")
		done := func(args ...string) {
			t.Helper()
			if p := start(t, args...); p.code() != 0 {
				t.Fatalf("%s: %s", args[0], p.said())
			}
		}
		done("-q", "sample", "--captions", captions, "--run", run, "--pairs", "1500", "--block", "100", "--validation", ".2")
		line := []string{"-q", "generate", "--run", run, "--endpoint", server.URL, "--model", "m", "--concurrency", concurrency}
		killed := 0
		writer.delay.Store(40) // none of the ten calls reaches the end
		for range kills {
			p := start(t, line...)
			time.Sleep(time.Duration(100+r.IntN(250)) * time.Millisecond)
			p.Process.Kill() //nolint:errcheck // it may have ended by itself
			if p.code() == -1 {
				killed++
			}
		}
		if killed < kills {
			t.Errorf("%s: only %d of %d kills came before the end", name, killed, kills)
		}
		writer.delay.Store(2)
		done(line...)
		done("-q", "release", "--run", run, "--out", out, "--name", "n", "--version", "1.0.0", "--rows-per-file", "700")
		return contents(t, out)
	}
	whole := released("whole", "1", "1", 0)
	if len(whole) < 15 {
		t.Fatalf("a release of %d files", len(whole))
	}
	for i, concurrency := range []int{3, 16} {
		other := released("killed-"+strconv.Itoa(i), strconv.Itoa(concurrency), strconv.Itoa(1+i), 10)
		for name, want := range whole {
			if got, there := other[name]; !there || got != want {
				t.Errorf("%s: other bytes after kills at %d requests at a time", name, concurrency)
			}
		}
		if len(other) != len(whole) {
			t.Errorf("%d files, not %d", len(other), len(whole))
		}
	}
}

// contents reads every file of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		all[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
