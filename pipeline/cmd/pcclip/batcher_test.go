package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// batcher puts a Batch API before an endpoint. A batch ends at the second look.
type batcher struct {
	http.Handler // the endpoint

	mu      sync.Mutex
	files   map[string]string
	batches map[string]map[string]any
	looks   map[string]int
}

func newBatcher(endpoint http.Handler) *batcher {
	return &batcher{Handler: endpoint, files: map[string]string{}, batches: map[string]map[string]any{}, looks: map[string]int{}}
}

func (b *batcher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	switch {
	case at[0] == "files" && r.Method == http.MethodPost:
		f, _, err := r.FormFile("file")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		text, _ := io.ReadAll(f)
		fmt.Fprintf(w, `{"id":%q}`, b.keep(string(text)))
	case at[0] == "files" && len(at) == 3:
		io.WriteString(w, b.files[at[1]])
	case at[0] == "batches" && r.Method == http.MethodPost:
		var doc map[string]any
		if err := json.NewDecoder(r.Body).Decode(&doc); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		id := fmt.Sprintf("batch_%d", len(b.batches))
		doc["id"], doc["status"] = id, "validating"
		b.batches[id] = doc
		json.NewEncoder(w).Encode(doc)
	case at[0] == "batches" && len(at) == 2:
		doc := b.batches[at[1]]
		if b.looks[at[1]]++; b.looks[at[1]] == 2 {
			doc["status"], doc["output_file_id"] = "completed", b.keep(b.answer(b.files[doc["input_file_id"].(string)]))
		}
		json.NewEncoder(w).Encode(doc)
	case at[0] == "batches":
		all := []any{}
		for _, doc := range b.batches {
			all = append(all, doc)
		}
		json.NewEncoder(w).Encode(map[string]any{"data": all})
	default:
		b.Handler.ServeHTTP(w, r)
	}
}

func (b *batcher) keep(text string) string {
	id := fmt.Sprintf("file-%d", len(b.files))
	b.files[id] = text
	return id
}

// answer asks the endpoint about every line.
func (b *batcher) answer(input string) string {
	var out strings.Builder
	for line := range strings.Lines(input) {
		var q struct {
			ID   string          `json:"custom_id"`
			Body json.RawMessage `json:"body"`
		}
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			continue
		}
		a := httptest.NewRecorder()
		b.Handler.ServeHTTP(a, httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(string(q.Body))))
		fmt.Fprintf(&out, `{"custom_id":%q,"response":{"status_code":%d,"body":%s}}`+"\n", q.ID, a.Code, strings.TrimSpace(a.Body.String()))
	}
	return out.String()
}
