// Package endpoint serves the rule-based writer of the demo world as an
// OpenAI-compatible endpoint, on loopback alone.
package endpoint

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/shards/fault"
)

// WriterModel is the model name of the endpoint.
const WriterModel = "pcclip-world-writer"

// maxRequest bounds the body of a request, in bytes.
const maxRequest = 1 << 20

// Endpoint is a running server of the rule-based writer.
type Endpoint struct {
	URL    string // base URL, with /v1
	server *http.Server
	done   chan error
}

// Serve starts an OpenAI-compatible endpoint on a loopback address ("127.0.0.1:0"
// takes a free port). It answers chat completions whose last user message ends
// in the lines "Caption 1: ..." and "Caption 2: ...": captions of the demo world
// with the writer's difference, others with a plain sentence built of both; as
// JSON where the message asks for a field difference_reversed, in the order of
// mention that it asks for. A message that ends in "Caption: ..." gets the
// caption rewritten. The same request gets the same answer. Other addresses are
// refused.
func Serve(addr string, writer world.Writer) (*Endpoint, error) {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fault.Input("serve endpoint", addr, "give a loopback address, such as 127.0.0.1:8080", "not a loopback host and port")
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fault.Input("serve endpoint", addr, "take another port, or 0 for a free one", "%w", err)
	}
	e := &Endpoint{URL: "http://" + l.Addr().String() + "/v1", done: make(chan error, 1)}
	e.server = &http.Server{
		Handler: Handler(writer), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 1 << 16,
	}
	go func() { e.done <- e.server.Serve(l) }()
	return e, nil
}

// Close lets requests under way finish, for at most five seconds.
func (e *Endpoint) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := e.server.Shutdown(ctx)
	if serveErr := <-e.done; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, serveErr)
	}
	return err
}

// Handler answers as Serve does.
func Handler(writer world.Writer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", listModels)
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) { complete(w, r, writer) })
	mux.HandleFunc("/v1/chat/completions", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", "use POST")
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", "known paths are /v1/models and /v1/chat/completions")
	})
	return mux
}

func listModels(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{
		"object": "list",
		"data":   []any{map[string]any{"id": WriterModel, "object": "model", "created": 0, "owned_by": "pcclip"}},
	})
}

// chatRequest is what the writer needs of a request.
type chatRequest struct {
	Model    string `json:"model"`
	Stream   bool   `json:"stream"`
	Seed     *int64 `json:"seed"`
	Cap      int    `json:"max_tokens"` // in words
	NewCap   int    `json:"max_completion_tokens"`
	Messages []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	} `json:"messages"`
}

func complete(w http.ResponseWriter, r *http.Request, writer world.Writer) {
	var req chatRequest
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&req)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, "request_too_large", fmt.Sprintf("the request is longer than %d bytes", maxRequest))
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, "invalid_request_error", "the request is not a chat completion: "+err.Error())
		return
	case req.Model != WriterModel:
		refuse(w, http.StatusNotFound, "model_not_found", fmt.Sprintf("the model %q does not exist; the only one is %q", req.Model, WriterModel))
		return
	case req.Stream:
		refuse(w, http.StatusBadRequest, "invalid_request_error", "streaming is not supported")
		return
	}
	for _, m := range slices.Backward(req.Messages) { // the last that has captions: others may ask for the same once more
		if text, ok := write(writer, req.label(), m.Content); ok && m.Role == "user" {
			answer(w, req, m.Content, text)
			return
		}
	}
	refuse(w, http.StatusBadRequest, "invalid_request_error", `no user message ends in the lines "Caption 1: ..." and "Caption 2: ...", or in "Caption: ..."`)
}

// label keys the stream of an answer.
func (r chatRequest) label() string {
	if r.Seed != nil {
		return fmt.Sprintf("request/%d", *r.Seed)
	}
	return "request"
}

func answer(w http.ResponseWriter, req chatRequest, prompt, text string) {
	sum := sha256.Sum256([]byte(req.Model + "\x00" + prompt))
	text, finish := capped(req, text)
	in, out := len(strings.Fields(prompt)), len(strings.Fields(text))
	reply(w, http.StatusOK, map[string]any{
		"id": "chatcmpl-" + hex.EncodeToString(sum[:12]), "object": "chat.completion", "created": 0, "model": req.Model, "system_fingerprint": "world-v1",
		"choices": []any{map[string]any{
			"index": 0, "finish_reason": finish, "message": map[string]any{"role": "assistant", "content": text},
		}},
		"usage": map[string]any{"prompt_tokens": in, "completion_tokens": out, "total_tokens": in + out}, // counted in words
	})
}

// capped cuts an answer at the request's cap, which is counted in words as the
// usage is.
func capped(req chatRequest, text string) (cut, finish string) {
	words := strings.Fields(text)
	if most := max(req.Cap, req.NewCap); most > 0 && len(words) > most {
		return strings.Join(words[:most], " "), "length"
	}
	return text, "stop"
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	reply(w, status, map[string]any{"error": map[string]any{"message": message, "type": "invalid_request_error", "code": code, "param": nil}})
}

func reply(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "encode answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b) //nolint:errcheck // the client has gone
}
