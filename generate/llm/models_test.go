package llm

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestModels(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want []Served
	}{
		"vLLM":      {`{"object":"list","data":[{"id":"m","object":"model","max_model_len":4096},{"id":"lora"}]}`, []Served{{"m", 4096}, {"lora", 0}}},
		"llama.cpp": {`{"models":[],"data":[{"id":"x.gguf","meta":{"n_ctx_train":8192,"n_ctx":2048}}]}`, []Served{{"x.gguf", 2048}}},
		"gateway":   {`{"data":[{"id":"a/b","context_length":128000,"meta":null}]}`, []Served{{"a/b", 128000}}},
		"odd":       {`{"data":[{"id":7},{"id":"m","max_model_len":"many"}]}`, []Served{{"m", 0}}},
		"empty":     {`{"data":[]}`, nil},
		"no list":   {`{"data":"m"}`, nil},
		"page":      {`<html>`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, DefaultOptions(), func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet || r.URL.Path != "/v1/models" {
					t.Errorf("%s %s", r.Method, r.URL)
				}
				io.WriteString(w, tt.body)
			})
			got, err := c.Models(t.Context())
			if !slices.Equal(got, tt.want) || (err == nil) != (tt.want != nil) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestModelsKeepTheKey(t *testing.T) {
	t.Setenv("PCCLIP_TEST_KEY", "sk-very-secret-1")
	o := DefaultOptions()
	o.KeyEnv = "PCCLIP_TEST_KEY"
	c := serve(t, o, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sk-very-secret-1" {
			t.Error("sent without the key")
		}
		w.WriteHeader(401)
		io.WriteString(w, `{"error":{"message":"you sent `+r.Header.Get("Authorization")+`"}}`)
	})
	if _, err := c.Models(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}

func FuzzReadModels(f *testing.F) {
	f.Add([]byte(`{"data":[{"id":"m","max_model_len":4096}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := readModels(body)
		if (err == nil) != (len(all) > 0) || slices.ContainsFunc(all, func(s Served) bool { return s.ID == "" || s.Context < 0 }) {
			t.Errorf("%v, %v", all, err)
		}
	})
}
