package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pcclip/pcclip/pipeline/demo/world"
)

// slow is an endpoint that answers when it is let, and repeats the key that it
// was given wherever a server could.
type slow struct {
	*httptest.Server
	mu       sync.Mutex
	hold     chan struct{} // closed to let requests go
	asked    map[string]int
	answered map[string]int
	came     chan struct{}
	waiting  int // requests that are held
}

func newSlow(t *testing.T) *slow {
	s := &slow{hold: make(chan struct{}), asked: map[string]int{}, answered: map[string]int{}, came: make(chan struct{}, 1000)}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() { s.release(); s.Close() })
	return s
}

// ServeHTTP answers a question about two captions.
func (s *slow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct{ Messages []struct{ Content string } }
	if json.NewDecoder(r.Body).Decode(&q) != nil || len(q.Messages) == 0 {
		http.Error(w, r.Header.Get("Authorization"), http.StatusNotFound)
		return
	}
	question := q.Messages[0].Content
	s.mu.Lock()
	hold := s.hold
	n := s.asked[question]
	s.asked[question]++
	s.mu.Unlock()
	if !strings.Contains(question, "a red bicycle") { // that is about no pair
		if !s.wait(r.Context(), hold) {
			return
		}
	}
	key := r.Header.Get("Authorization")
	w.Header().Set("X-Echo", key)
	if n == 0 && len(question)%3 == 0 {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, `{"error":{"message":"you sent %s","code":%q}}`, key, key)
		return
	}
	_, captions, _ := strings.Cut(question, "Caption 1: ")
	a, b, _ := strings.Cut(captions, "\nCaption 2: ")
	fmt.Fprintf(w, `{"model":%q,"system_fingerprint":%q,"choices":[{"finish_reason":"stop","message":{"content":%q}}],"usage":{"prompt_tokens":9,"completion_tokens":9}}`,
		key, key, fmt.Sprintf("The first image shows %s, while the second image shows %s, says %s.", a, b, key))
	s.mu.Lock()
	s.answered[question]++
	s.mu.Unlock()
}

// wait holds a request until it is let go, and tells whether somebody still wants
// its answer.
func (s *slow) wait(ctx context.Context, hold <-chan struct{}) bool {
	s.mu.Lock()
	s.waiting++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.waiting--
		s.mu.Unlock()
	}()
	s.came <- struct{}{}
	select {
	case <-hold:
		return true
	case <-ctx.Done():
		return false
	}
}

// left waits until the server has seen that who asked is gone: a request let go
// before that counts as answered although nobody reads it.
func (s *slow) left(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		n := s.waiting
		s.mu.Unlock()
		if n == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d requests of a process that is gone are still held", n)
		}
	}
}

func (s *slow) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.hold:
	default:
		close(s.hold)
	}
}

// process is pcclip as a process of its own.
type process struct {
	*exec.Cmd
	mu  sync.Mutex
	out bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(exe)}
	p.Args = append([]string{"pcclip"}, args...)
	p.Stdout, p.Stderr = p, p
	p.Dir = t.TempDir() // no pcclip.yaml
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	return p
}

// code waits for the end and gives the exit code, -1 after a signal.
func (p *process) code() int {
	p.Wait() //nolint:errcheck // the code tells
	return p.ProcessState.ExitCode()
}

// says waits until the process has said something.
func (p *process) says(t *testing.T, want string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !strings.Contains(p.said(), want); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %q in\n%s", want, p.said())
		}
	}
}

// planned makes a run with a plan of 40 pairs.
func planned(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := world.WriteFiles(t.Context(), filepath.Join(dir, "world"), 1, []world.Split{{Name: "diff", Count: 40}}, func(int64) {}); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(dir, "run")
	if p := start(t, "-q", "sample", "--captions", filepath.Join(dir, "world", "diff.json"), "--run", run, "--pairs", "40", "--validation", "0"); p.code() != 0 {
		t.Fatal(p.said())
	}
	return run
}

// A running generate tells how it stands, lets nobody else into its run, keeps
// what is in flight when it is stopped, stops at once when told twice, and shows
// its key nowhere.
func TestProcess(t *testing.T) {
	const key = "sk-very-secret-0123456789"
	t.Setenv("PCCLIP_TEST_KEY", key)
	s, run := newSlow(t), planned(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	metrics := l.Addr().String()
	l.Close()
	var said strings.Builder
	line := []string{"generate", "--run", run, "--endpoint", s.URL, "--model", "m", "--api-key-env", "PCCLIP_TEST_KEY", "--concurrency", "4", "--rules", "paper", "--metrics", metrics}
	p := start(t, line...)
	for range 4 { // the first goes alone for a while
		<-s.came
	}
	other := start(t, line[:len(line)-2]...)
	if code := other.code(); code != 2 || !strings.Contains(other.said(), fmt.Sprintf("another process (pid %d)", p.Process.Pid)) {
		t.Errorf("a second process: exit %d, %s", code, other.said())
	}
	p.Process.Signal(syscall.SIGUSR1)
	p.says(t, "of 40: 0 accepted")
	status := start(t, "generate", "--status", run)
	if status.code() != 0 || !strings.Contains(status.said(), fmt.Sprintf("running as process %d", p.Process.Pid)) {
		t.Errorf("status: %s", status.said())
	}
	said.WriteString(scrape(t, metrics) + other.said() + status.said())

	// The first signal waits for what is in flight.
	p.Process.Signal(syscall.SIGTERM)
	p.says(t, "4 requests in flight are waited for")
	s.release()
	if code := p.code(); code != 130 {
		t.Errorf("drained: exit %d, %s", code, p.said())
	}
	s.mu.Lock()
	s.hold = make(chan struct{})
	s.mu.Unlock()

	// The second one does not.
	again := start(t, line...)
	<-s.came
	again.Process.Signal(os.Interrupt)
	again.says(t, "in flight are waited for")
	asked := time.Now()
	again.Process.Signal(os.Interrupt)
	if code := again.code(); code != -1 || time.Since(asked) > 10*time.Second {
		t.Errorf("stopped twice: exit %d after %s, %s", code, time.Since(asked), again.said())
	}
	s.left(t)
	s.release()
	last := start(t, line...)
	if code := last.code(); code != 0 || !strings.Contains(last.said(), "planned 40 = accepted 40 ") || !strings.Contains(last.said(), "msg=generate planned=40 accepted=40") {
		t.Errorf("exit %d, %s", code, last.said())
	}
	for q, n := range s.answered {
		if n > 1 && !strings.Contains(q, "a red bicycle") {
			t.Errorf("asked again about what was answered: %q", q)
		}
	}
	said.WriteString(p.said() + again.said() + last.said())
	if strings.Contains(said.String(), key) || !strings.Contains(said.String(), "[key]") {
		t.Errorf("the key, or not even its mark, was said:\n%s", said.String())
	}
	withoutKey(t, run, key)
}

func scrape(t *testing.T, address string) string {
	t.Helper()
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Contains(body, []byte("pcclip_requests_in_flight 4")) {
		t.Errorf("metrics (%v):\n%s", err, body)
	}
	return string(body)
}

// withoutKey looks into every file of a run.
func withoutKey(t *testing.T, run, key string) {
	t.Helper()
	err := filepath.WalkDir(run, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(key)) {
			t.Errorf("%s holds the key", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
