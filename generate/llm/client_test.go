package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pcclip/pcclip/shards/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a server and a client of it.
func serve(t *testing.T, o Options, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a server notices that its client left only once it has read all
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	}))
	t.Cleanup(s.Close)
	o.URL = s.URL
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func answer(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, said) }

func ptr[T any](v T) *T { return &v }

func TestEveryParameterIsSent(t *testing.T) {
	var got map[string]any
	var path, auth string
	c := serve(t, DefaultOptions(), func(w http.ResponseWriter, r *http.Request) {
		path, auth = r.URL.Path, r.Header.Get("Authorization")
		got = nil
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Server", "here")
		answer(w, r)
	})
	ask := func(r Request) Answer {
		t.Helper()
		a, err := c.Ask(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	// Names that go-openai refuses to send as they are.
	for _, model := range []string{"gpt-5-local", "text-davinci-003", "m"} {
		a := ask(Request{
			Model: model, Messages: []Message{{Role: "user", Content: "a <b> & \"c\""}}, Temperature: ptr(0.0), TopP: ptr(1.0), MaxTokens: 60, Seed: ptr(int64(0)),
			Extra: map[string]any{"top_k": 0, "chat_template_kwargs": map[string]any{"enable_thinking": false}},
		})
		want := map[string]any{
			"model": model, "messages": []any{map[string]any{"role": "user", "content": "a <b> & \"c\""}}, "temperature": 0.0, "top_p": 1.0,
			"max_tokens": 60.0, "seed": 0.0, "stream": false, "top_k": 0.0, "chat_template_kwargs": map[string]any{"enable_thinking": false},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || path != "/v1/chat/completions" || auth != "" {
			t.Errorf("sent %v to %s, key %q", got, path, auth)
		}
		if a.Text != "A difference." || string(a.Body) != said || a.Status != 200 || a.Header.Get("X-Server") != "here" || a.Latency <= 0 {
			t.Errorf("answer %+v", a)
		}
	}
	ask(Request{Model: "m", Temperature: ptr(0.5), Extra: map[string]any{"temperature": nil}})
	if _, ok := got["temperature"]; ok {
		t.Errorf("sent %v", got)
	}
	c.dialect.capField.Store(ptr(MaxCompletionTokens))
	ask(Request{Model: "m", MaxTokens: 5, Schema: json.RawMessage(`{"type":"object"}`)})
	if got["max_completion_tokens"] != 5.0 || got["max_tokens"] != nil || !strings.Contains(fmt.Sprint(got["response_format"]), "type:object") {
		t.Errorf("sent %v", got)
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"http://h:1":                     "http://h:1/v1",
		"http://h:1/":                    "http://h:1/v1",
		"http://h:1/v1":                  "http://h:1/v1",
		" http://h:1/v1/ ":               "http://h:1/v1",
		"http://h/v1/chat/completions":   "http://h/v1",
		"https://h/openai/v1":            "https://h/openai/v1",
		"https://h/v1beta/openai":        "https://h/v1beta/openai",
		"https://h/proxy":                "https://h/proxy/v1",
		"https://h/openai/deployments/x": "https://h/openai/deployments/x/v1",
	} {
		if got, err := Address(in); err != nil || got != want {
			t.Errorf("Address(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "h:1", "ftp://h", "http://", "http://user:hunter2@h/v1", "http://h/v1?key=hunter2", "http://h:hunter2/v1", "http://h/#hunter2"} {
		got, err := Address(in)
		if fault.ExitCode(err) != fault.Usage {
			t.Errorf("Address(%q) = %q, %v", in, got, err)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Address(%q) shows the password: %v", in, err)
		}
	}
}

func TestKeyStaysSecret(t *testing.T) {
	const key = "sk-very/secret+key\"1"
	t.Setenv("PCCLIP_TEST_KEY", key)
	o := DefaultOptions()
	o.KeyEnv = "PCCLIP_TEST_KEY"
	forms := []func(w http.ResponseWriter, auth string){
		func(w http.ResponseWriter, auth string) {
			w.WriteHeader(401)
			fmt.Fprintf(w, `{"error":{"message":%q}}`, "wrong key: "+auth)
		},
		func(w http.ResponseWriter, auth string) { w.WriteHeader(500); io.WriteString(w, auth) },
		func(w http.ResponseWriter, auth string) { w.Header().Set("X-Key", auth); io.WriteString(w, auth) },
		func(w http.ResponseWriter, auth string) { fmt.Fprintf(w, "<title>%s</title>", auth) },
		func(w http.ResponseWriter, auth string) { w.Header().Set("Location", "/?"+auth); w.WriteHeader(302) },
		func(w http.ResponseWriter, auth string) {
			io.WriteString(w, strings.Replace(said, `"A difference."`, fmt.Sprintf("%q", auth), 1))
		},
	}
	var n atomic.Int64
	c := serve(t, o, func(w http.ResponseWriter, r *http.Request) {
		auth := r.Header.Get("Authorization")
		if auth != "Bearer "+key {
			t.Errorf("the server got %q", auth)
		}
		forms[n.Add(1)-1](w, auth)
	})
	for i := range forms {
		a, err := c.Ask(t.Context(), Request{Model: "m"})
		all := fmt.Sprintf("%+v %#v %v %s %s", a, err, err, a.Body, a.Header)
		for _, s := range []string{key, "very/secret", "secret+key"} {
			if strings.Contains(all, s) {
				t.Errorf("form %d shows the key: %s", i, all)
			}
		}
	}
	if strings.Contains(fmt.Sprintf("%v %+v", c.URL(), c.o), key) {
		t.Error("the options hold the key")
	}
}

func TestKeyMustBeThere(t *testing.T) {
	o := DefaultOptions()
	o.URL, o.KeyEnv = "http://h", "PCCLIP_TEST_KEY"
	for _, key := range []string{"", " ", "two\nlines of secret"} {
		t.Setenv(o.KeyEnv, key)
		_, err := New(o)
		if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), o.KeyEnv) || strings.Contains(err.Error(), "secret") {
			t.Errorf("key %q: %v", key, err)
		}
	}
}

func TestBrokenConnections(t *testing.T) {
	free := func(w http.ResponseWriter, how func(*net.TCPConn)) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		how(conn.(*net.TCPConn))
		conn.Close()
	}
	released := make(chan struct{})
	o := DefaultOptions()
	o.Total = 100 * time.Millisecond
	for name, tt := range map[string]struct {
		h    http.HandlerFunc
		kind Kind
	}{
		"reset":  {func(w http.ResponseWriter, _ *http.Request) { free(w, func(c *net.TCPConn) { c.SetLinger(0) }) }, Transport},
		"closed": {func(w http.ResponseWriter, _ *http.Request) { free(w, func(*net.TCPConn) {}) }, Transport},
		"cut body": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99999")
			io.WriteString(w, said)
		}, Transport},
		"not HTTP": {func(w http.ResponseWriter, _ *http.Request) {
			free(w, func(c *net.TCPConn) { c.Write([]byte("hello\n\n")) })
		}, Transport},
		"hang": {func(_ http.ResponseWriter, r *http.Request) { <-released }, TimedOut},
		"drip": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				io.WriteString(w, "\n")
				w.(http.Flusher).Flush()
				time.Sleep(5 * time.Millisecond)
			}
		}, TimedOut},
		"flood": {func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, maxBody+1)) }, Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			if name == "flood" {
				o.Total = time.Minute
			}
			_, err := serve(t, o, tt.h).Ask(t.Context(), Request{Model: "m"})
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.kind || !e.Retryable() || e.Unreached || strings.Contains(e.Error(), "http://") {
				t.Errorf("got %#v", err)
			}
			if name == "hang" {
				close(released)
			}
		})
	}
}

func TestUnreached(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	plain := httptest.NewServer(http.HandlerFunc(answer))
	defer plain.Close()
	for name, url := range map[string]string{
		"refused":  "http://" + address,
		"no host":  "http://host.invalid",
		"not TLS":  "https://" + strings.TrimPrefix(plain.URL, "http://"),
		"bad port": "http://127.0.0.1:1",
	} {
		o := DefaultOptions()
		o.URL = url
		c, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Ask(t.Context(), Request{Model: "m"})
		var e *Error
		if !errors.As(err, &e) || e.Kind != Transport || !e.Unreached {
			t.Errorf("%s: %#v", name, err)
		}
		c.Close()
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := serve(t, DefaultOptions(), func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	_, err := c.Ask(ctx, Request{Model: "m"})
	var e *Error
	if !errors.As(err, &e) || e.Kind != Canceled || !errors.Is(err, context.Canceled) || e.Retryable() {
		t.Errorf("got %#v", err)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	const workers, rounds = 32, 8
	var opened atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(answer))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	o := DefaultOptions()
	o.URL, o.Concurrency = s.URL, workers
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// Between rounds all connections lie idle: a pool of two would drop the rest.
	for range rounds {
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				if _, err := c.Ask(t.Context(), Request{Model: "m"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	if n := opened.Load(); n > 2*workers {
		t.Errorf("%d connections for %d workers", n, workers)
	}
}

func TestValidate(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"url":         func(o *Options) { o.URL = "" },
		"concurrency": func(o *Options) { o.Concurrency = 0 },
		"total":       func(o *Options) { o.Total = 0 },
		"cap":         func(o *Options) { o.CapField = "n_predict" },
	} {
		o := DefaultOptions()
		o.URL = "http://h"
		if err := o.Validate(); err != nil {
			t.Fatal(err)
		}
		change(&o)
		if err := o.Validate(); fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkAsk(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(answer))
	defer s.Close()
	o := DefaultOptions()
	o.URL = s.URL
	c, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for b.Loop() {
		if _, err := c.Ask(b.Context(), Request{Model: "m", Messages: []Message{{Role: "user", Content: "x"}}}); err != nil {
			b.Fatal(err)
		}
	}
}

func hasField(body []byte, name string) bool {
	var doc map[string]json.RawMessage
	return json.Unmarshal(body, &doc) == nil && doc[name] != nil
}
