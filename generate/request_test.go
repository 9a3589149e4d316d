package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/generate/llm"
)

// The keys come from testdata/keys.py.
func TestKeysAreThoseOfAnotherImplementation(t *testing.T) {
	doc, err := os.ReadFile("testdata/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]string
	if err := json.Unmarshal(doc, &want); err != nil {
		t.Fatal(err)
	}
	zero, one, some := 0.0, 1.0, 0.7
	seed := int64(9007199254740993) // 2^53 + 1
	plain := func(change func(*llm.Request)) llm.Request {
		r := llm.Request{
			Model: "m", Messages: []llm.Message{{Role: "user", Content: "Caption 1: a <b> & \"c\"\nCaption 2: \u00e9 \u72d7"}},
			Temperature: &zero, TopP: &one, MaxTokens: 160,
		}
		change(&r)
		return r
	}
	requests := map[string]llm.Request{
		"plain":       plain(func(*llm.Request) {}),
		"replicate":   plain(func(*llm.Request) {}),
		"temperature": plain(func(r *llm.Request) { r.Temperature = &some }),
		"no_top_p":    plain(func(r *llm.Request) { r.TopP = nil }),
		"seed":        plain(func(r *llm.Request) { r.Seed = &seed }),
		"extra": plain(func(r *llm.Request) {
			r.Extra = map[string]any{"top_k": 20, "min_p": 0.05, "stop": []string{"x"}, "temperature": nil}
		}),
		"schema": plain(func(r *llm.Request) { r.Schema = json.RawMessage(" {\"type\" : \"object\"}") }),
		"model":  plain(func(r *llm.Request) { r.Model = "n" }),
		"cap":    plain(func(r *llm.Request) { r.MaxTokens = 0 }),
		"image": plain(func(r *llm.Request) {
			r.Messages[0].Images = []llm.Image{{Name: "a.png", Label: "The first image:", SHA256: strings.Repeat("ab", 32), Prepared: "jpeg", MIME: "image/png", Data: []byte("x")}}
		}),
	}
	prompt := sha256.Sum256([]byte("a prompt"))
	got := map[string]string{}
	for name, r := range requests {
		replicate := 0
		if name == "replicate" {
			replicate = 1
		}
		k, err := Key(hex.EncodeToString(prompt[:]), r, replicate)
		if err != nil {
			t.Fatal(err)
		}
		got[name] = hex.EncodeToString(k[:])
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	all := slices.Sorted(maps.Values(got))
	if len(slices.Compact(all)) != len(got) {
		t.Error("two requests share a key")
	}
	empty := requests["plain"]
	empty.Extra = map[string]any{}
	if k, err := Key(hex.EncodeToString(prompt[:]), empty, 0); err != nil || hex.EncodeToString(k[:]) != want["plain"] {
		t.Error("no extra fields are not the same as an empty list of them")
	}
}

func BenchmarkKey(b *testing.B) {
	r := &run{o: DefaultOptions(), plan: world{train: 100, block: 10}}
	r.o.RunDir, r.o.Model = b.TempDir(), "m"
	if err := r.prepare(); err != nil {
		b.Fatal(err)
	}
	pair, _ := r.plan.Pair("train", 3)
	for b.Loop() {
		if _, _, err := r.key(pair); err != nil {
			b.Fatal(err)
		}
	}
}
