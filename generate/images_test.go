package generate

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// album is a folder of made-up images; one of them cannot be read.
type album struct {
	mu     sync.Mutex
	loaded int
	broken string
}

func (a *album) bytes(name string) []byte { return []byte("the bytes of " + name) }

func (a *album) Digest(name string) (string, error) {
	if name == a.broken {
		return "", errors.New("cut")
	}
	sum := sha256.Sum256(a.bytes(name))
	return hex.EncodeToString(sum[:]), nil
}

func (a *album) Load(name string) (string, []byte, error) {
	if name == a.broken {
		return "", nil, fmt.Errorf("read image %s: cut", name)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.loaded++
	return "image/jpeg", a.bytes(name), nil
}

func (a *album) Prepared() string { return "as it is" }

// gallery is a plan whose pairs show different images.
type gallery struct{ world }

func (g gallery) Pair(split string, k int64) (shards.Pair, error) {
	p, err := g.world.Pair(split, k)
	p.FileNameA, p.FileNameB = fmt.Sprintf("a%d.png", k), fmt.Sprintf("b%d.png", k)
	return p, err
}

// seer answers by what the two images say, which is their names.
func seer(t *testing.T, refuse string) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuse != "" {
			w.WriteHeader(400)
			fmt.Fprintf(w, `{"error":{"message":%q}}`, refuse)
			return
		}
		var q struct {
			Messages []struct {
				Content []struct {
					Type, Text string
					Image      struct{ URL string } `json:"image_url"`
				}
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			w.WriteHeader(404)
			return
		}
		var seen []string
		var kinds string
		for _, p := range q.Messages[0].Content {
			kinds += p.Type + " "
			if p.Type == "image_url" {
				data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.Image.URL, "data:image/jpeg;base64,"))
				if err != nil {
					t.Error(err)
				}
				seen = append(seen, strings.TrimPrefix(string(data), "the bytes of "))
			}
		}
		if kinds != "text text image_url text image_url " {
			t.Errorf("parts: %s", kinds)
		}
		text := fmt.Sprintf("The first image shows %s, while the second image shows %s.", seen[0], seen[1])
		body, err := json.Marshal(map[string]any{"model": "asked-1", "choices": []any{map[string]any{"message": map[string]any{"content": text}, "finish_reason": "stop"}}})
		if err != nil {
			t.Error(err)
		}
		w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s
}

func vision(dir, url string, a *album) Options {
	o := DefaultOptions()
	o.RunDir, o.Model, o.Endpoint, o.Prompt, o.Pictures, o.Concurrency = dir, "asked-1", url, "vision", a, 4
	return o
}

func TestVision(t *testing.T) {
	t.Parallel()
	plan := gallery{world{train: 60, validation: 6, block: 20}}
	s := seer(t, "")
	first, second, a := t.TempDir(), t.TempDir(), &album{}
	if _, err := generate(t, vision(first, s.URL, a), plan, nil); err != nil {
		t.Fatal(err)
	}
	if a.loaded == 0 {
		t.Error("no image was sent")
	}
	o := vision(second, s.URL, &album{})
	o.Concurrency = 1
	if _, err := generate(t, o, plan, nil); err != nil {
		t.Fatal(err)
	}
	same(t, files(t, first), files(t, second))
	all := append(rows(t, first, "shards"), rows(t, first, "rejected")...)
	for _, r := range all {
		if !strings.Contains(r.Difference, r.FileNameA) || !strings.Contains(r.Difference, r.FileNameB) {
			t.Fatalf("%s and %s: %s", r.FileNameA, r.FileNameB, r.Difference)
		}
	}
	a.loaded = 0
	result, err := generate(t, vision(first, s.URL, a), plan, nil)
	if err != nil || result.Requests != 0 || a.loaded != 0 {
		t.Errorf("the same again sent %d requests and read %d images: %v", result.Requests, a.loaded, err)
	}
}

// A pair whose image cannot be read fails by itself, and can be asked again.
func TestUnreadableImage(t *testing.T) {
	t.Parallel()
	plan := gallery{world{train: 30, block: 20}}
	s := seer(t, "")
	dir, a := t.TempDir(), &album{broken: "b7.png"}
	result, err := generate(t, vision(dir, s.URL, a), plan, nil)
	if fault.ExitCode(err) != fault.Incomplete || result.Manifest.FailReasons["image_unreadable"] != 1 || result.Manifest.Totals.Failed != 1 {
		t.Fatalf("%v, %+v", err, result.Manifest)
	}
	a.broken = ""
	o := vision(dir, s.URL, a)
	o.RetryFailed = true
	if result, err = generate(t, o, plan, nil); err != nil || result.Requests != 1 {
		t.Errorf("%d requests, %v", result.Requests, err)
	}
}

// An endpoint without eyes is told apart after its first answers.
func TestBlindEndpoint(t *testing.T) {
	t.Parallel()
	s := seer(t, "image_url is only supported by multimodal models")
	plan := gallery{world{train: 300, block: 100}}
	result, err := generate(t, vision(t.TempDir(), s.URL, &album{}), plan, nil)
	if fault.ExitCode(err) != fault.Incomplete || !strings.Contains(err.Error(), "takes no images") || result.Requests > 4 {
		t.Errorf("%d requests, %v", result.Requests, err)
	}
	o := vision(t.TempDir(), s.URL, nil)
	o.Pictures = nil
	if _, err := generate(t, o, plan, nil); fault.ExitCode(err) != fault.Usage {
		t.Errorf("no images: %v", err)
	}
}
