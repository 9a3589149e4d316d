package generate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate/batch"
)

// provider is an endpoint with a Batch API. What it answers to a line is what
// the endpoint answers.
type provider struct {
	*endpoint
	front *httptest.Server
	chat  http.HandlerFunc // answers a question

	looks  int                                                 // at a batch before it ends
	end    func(b *sentBatch)                                  // may change how a batch ends
	file   func(b *sentBatch, output bool, text string) string // may change what is downloaded
	refuse func(op string, n int) (status int, body string)    // status 0 goes on
	done   func(op string, n int) bool                         // false: the effect is there, the answer is lost
	hide   func(b *sentBatch, lists int) bool                  // from the list

	guard   sync.Mutex
	ops     map[string]int
	log     []string
	key     string // the latest Authorization header
	files   map[string]string
	batches []*sentBatch
}

// sentBatch is a batch as the provider sees it.
type sentBatch struct {
	id, status, input string
	lines             []string
	answered          int // lines that were executed, from the front
	output, errors    string
	faults            string // JSON
	looks             int
	tags              map[string]string
	completed, failed int
}

func newProvider(t testing.TB) *provider {
	p := &provider{endpoint: newEndpoint(t), looks: 1, ops: map[string]int{}, files: map[string]string{}}
	p.chat = p.endpoint.serve
	p.front = httptest.NewServer(http.HandlerFunc(p.route))
	t.Cleanup(p.front.Close)
	return p
}

func (p *provider) route(w http.ResponseWriter, r *http.Request) {
	op := strings.TrimPrefix(r.URL.Path, "/v1/")
	serve := p.chat
	switch part := strings.Split(op, "/"); {
	case op == "files":
		op, serve = "upload", p.upload
	case op == "batches" && r.Method == http.MethodPost:
		op, serve = "create", p.create
	case op == "batches":
		op, serve = "list", p.list
	case part[0] == "batches" && len(part) == 3:
		op, serve = "cancel", p.cancel
	case part[0] == "batches":
		op, serve = "look", p.look
	case part[0] == "files":
		op, serve = "download", p.download
	case op == "chat/completions":
		op = "chat"
	default:
		http.NotFound(w, r)
		return
	}
	p.guard.Lock()
	n := p.ops[op]
	p.ops[op]++
	p.log = append(p.log, op)
	p.key = r.Header.Get("Authorization")
	refuse, done := p.refuse, p.done
	p.guard.Unlock()
	if refuse != nil {
		if status, body := refuse(op, n); status != 0 {
			io.Copy(io.Discard, r.Body)
			w.WriteHeader(status)
			io.WriteString(w, body)
			return
		}
	}
	answer := httptest.NewRecorder()
	serve(answer, r)
	if done != nil && !done(op, n) {
		panic(http.ErrAbortHandler)
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

func (p *provider) upload(w http.ResponseWriter, r *http.Request) {
	f, _, err := r.FormFile("file")
	if err != nil || r.FormValue("purpose") != "batch" {
		w.WriteHeader(400)
		return
	}
	text, _ := io.ReadAll(f)
	p.guard.Lock()
	defer p.guard.Unlock()
	id := fmt.Sprintf("file-in%d", len(p.files))
	p.files[id] = string(text)
	fmt.Fprintf(w, `{"id":%q,"object":"file","bytes":%d}`, id, len(text))
}

func (p *provider) create(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Input    string            `json:"input_file_id"`
		Endpoint string            `json:"endpoint"`
		Window   string            `json:"completion_window"`
		Metadata map[string]string `json:"metadata"`
	}
	if json.NewDecoder(r.Body).Decode(&q) != nil || q.Endpoint != "/v1/chat/completions" || q.Window != "24h" {
		w.WriteHeader(400)
		return
	}
	p.guard.Lock()
	text, ok := p.files[q.Input]
	b := &sentBatch{id: fmt.Sprintf("batch_%d", len(p.batches)), input: q.Input, status: "validating", tags: q.Metadata}
	p.guard.Unlock()
	if !ok {
		http.Error(w, `{"error":{"message":"no such file"}}`, 404)
		return
	}
	b.lines = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	b.answered, b.completed = len(b.lines), -1
	p.guard.Lock()
	p.batches = append(p.batches, b)
	p.guard.Unlock()
	p.describe(w, b)
}

// execute answers the lines of a batch and writes its files.
func (p *provider) execute(b *sentBatch) {
	b.status = "completed"
	if p.end != nil {
		p.end(b)
	}
	if b.status == "failed" {
		return
	}
	var output, errs strings.Builder
	b.completed = 0
	for i := range b.lines {
		line := b.lines[len(b.lines)-1-i] // the order is not kept
		var q struct {
			ID   string          `json:"custom_id"`
			Body json.RawMessage `json:"body"`
		}
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			panic(err)
		}
		if i >= b.answered {
			fmt.Fprintf(&errs, `{"id":"r","custom_id":%q,"response":null,"error":{"code":"batch_%s","message":"This request could not be executed."}}`+"\n", q.ID, b.status)
			continue
		}
		a := httptest.NewRecorder()
		p.chat(a, httptest.NewRequest(http.MethodPost, "/v1/chat/completions", bytes.NewReader(q.Body)))
		to := &output
		if b.completed++; a.Code != 200 {
			to = &errs
			b.completed, b.failed = b.completed-1, b.failed+1
		}
		body := a.Body.Bytes()
		if !json.Valid(body) {
			body, _ = json.Marshal(string(body))
		}
		fmt.Fprintf(to, `{"id":"r","custom_id":%q,"response":{"status_code":%d,"request_id":"x","body":%s},"error":null}`+"\n", q.ID, a.Code, body)
	}
	b.output, b.errors = p.keep(b, true, output.String()), p.keep(b, false, errs.String())
}

func (p *provider) keep(b *sentBatch, output bool, text string) string {
	if p.file != nil {
		text = p.file(b, output, text)
	}
	if text == "" {
		return ""
	}
	p.guard.Lock()
	defer p.guard.Unlock()
	id := fmt.Sprintf("file-out%d", len(p.files))
	p.files[id] = text
	return id
}

func (p *provider) describe(w io.Writer, b *sentBatch) {
	name := func(id string) any {
		if id == "" {
			return nil
		}
		return id
	}
	doc := map[string]any{
		"id": b.id, "object": "batch", "status": b.status, "input_file_id": b.input, "output_file_id": name(b.output), "error_file_id": name(b.errors),
		"request_counts": map[string]int{"total": len(b.lines), "completed": max(0, b.completed), "failed": b.failed}, "metadata": b.tags, "created_at": time.Now().Unix(),
	}
	if b.faults != "" {
		doc["errors"] = json.RawMessage(b.faults)
	}
	json.NewEncoder(w).Encode(doc)
}

func (p *provider) find(r *http.Request) *sentBatch {
	p.guard.Lock()
	defer p.guard.Unlock()
	for _, b := range p.batches {
		if strings.Split(r.URL.Path, "/")[3] == b.id {
			return b
		}
	}
	return nil
}

func (p *provider) look(w http.ResponseWriter, r *http.Request) {
	b := p.find(r)
	if b == nil {
		http.Error(w, `{"error":{"message":"no such batch"}}`, 404)
		return
	}
	p.guard.Lock()
	looks := p.looks
	p.guard.Unlock()
	if b.looks++; b.looks > looks && b.completed < 0 {
		p.execute(b)
		b.completed = max(0, b.completed)
	}
	p.describe(w, b)
}

func (p *provider) cancel(w http.ResponseWriter, r *http.Request) {
	b := p.find(r)
	if b == nil || b.completed >= 0 {
		http.Error(w, `{"error":{"message":"it has ended"}}`, http.StatusConflict)
		return
	}
	before := p.end
	p.end = func(b *sentBatch) { b.status, b.answered = "cancelled", len(b.lines)/3 }
	p.execute(b)
	p.end = before
	p.describe(w, b)
}

// list gives two batches a page, the latest first.
func (p *provider) list(w http.ResponseWriter, r *http.Request) {
	p.guard.Lock()
	defer p.guard.Unlock()
	var shown []*sentBatch
	skip := r.URL.Query().Get("after")
	for i := len(p.batches) - 1; i >= 0; i-- {
		b := p.batches[i]
		if skip != "" {
			if b.id == skip {
				skip = ""
			}
			continue
		}
		if p.hide == nil || !p.hide(b, p.ops["list"]) {
			shown = append(shown, b)
		}
	}
	var page bytes.Buffer
	for i, b := range shown[:min(2, len(shown))] {
		if i > 0 {
			page.WriteByte(',')
		}
		p.describe(&page, b)
	}
	fmt.Fprintf(w, `{"object":"list","data":[%s],"has_more":%v}`, page.String(), len(shown) > 2)
}

func (p *provider) download(w http.ResponseWriter, r *http.Request) {
	p.guard.Lock()
	defer p.guard.Unlock()
	text, ok := p.files[strings.Split(r.URL.Path, "/")[3]]
	if !ok {
		w.WriteHeader(404)
		return
	}
	io.WriteString(w, text)
}

// mend lets a running provider do everything well from now on.
func (p *provider) mend() {
	p.guard.Lock()
	defer p.guard.Unlock()
	p.refuse, p.looks = nil, 1
}

// count tells how often something was asked of the Batch API.
func (p *provider) count(op string) int {
	p.guard.Lock()
	defer p.guard.Unlock()
	return p.ops[op]
}

// lines gives how often each request was put into a created batch.
func (p *provider) lines() map[string]int {
	p.guard.Lock()
	defer p.guard.Unlock()
	all := map[string]int{}
	for _, b := range p.batches {
		for _, line := range b.lines {
			all[line]++
		}
	}
	return all
}

// inBatches are the options of a run against a provider.
func inBatches(dir string, p *provider) Options {
	o := options(dir, p.endpoint)
	o.Endpoint = p.front.URL
	o.Batches.On = true
	o.Batches.Limits = quickBatches()
	return o
}

func quickBatches() batch.Options {
	b := batch.Default()
	b.Lines, b.Poll, b.MaxPoll, b.Grace, b.Open = 100, time.Millisecond, 5*time.Millisecond, 20*time.Millisecond, 3
	return b
}

// eachLine changes a file line by line.
func eachLine(text string, change func(i int, line string) string) string {
	var out strings.Builder
	scan := bufio.NewScanner(strings.NewReader(text))
	for i := 0; scan.Scan(); i++ {
		out.WriteString(change(i, scan.Text()))
	}
	return out.String()
}
