package generate

import (
	"bytes"
	"context"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

func TestStopsEarlyAndGoesOn(t *testing.T) {
	t.Parallel()
	plan := world{train: 120, validation: 12, block: 30}
	want := clean(t, plan, nil)
	for kind, words := range map[string]string{"401": "--api-key-env", "quota": "quota", "404 model": "asked-1"} {
		t.Run(kind, func(t *testing.T) {
			dir, e := t.TempDir(), newEndpoint(t)
			for _, after := range []int{0, 50} {
				total := 0
				e.set(func(string, int) string {
					if total++; total > after {
						return kind
					}
					return ""
				})
				asked := e.requests()
				result, err := generate(t, options(dir, e), plan, &tally{})
				if fault.ExitCode(err) != fault.Incomplete || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), "goes on") {
					t.Errorf("after %d: %v", after, err)
				}
				if n := e.requests() - asked; n > after+8 {
					t.Errorf("after %d answers %d requests", after, n)
				}
				m := whole(t, dir, plan, nil)
				if m.Totals.Pending == 0 || m.Totals.Failed != 0 || result.Manifest.Totals != m.Totals {
					t.Errorf("totals %+v", m.Totals)
				}
			}
			e.set(nil)
			if _, err := generate(t, options(dir, e), plan, &tally{}); err != nil {
				t.Fatal(err)
			}
			same(t, files(t, dir), want)
		})
	}
}

func TestNoEndpointThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	l.Close()
	plan := world{train: 60, block: 20}
	for name, tt := range map[string]struct{ fault, url, words string }{
		"refused":    {"", closed, "start the server"},
		"web page":   {"page", "", "web page"},
		"wrong path": {"404", "", "base URL"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, e := t.TempDir(), newEndpoint(t)
			e.set(always(tt.fault))
			o := options(dir, e)
			if tt.url != "" {
				o.Endpoint = tt.url
			}
			_, err := generate(t, o, plan, &tally{})
			if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), tt.words) || !strings.Contains(err.Error(), o.Endpoint) {
				t.Errorf("got %v", err)
			}
			if e.requests() > 1 || len(files(t, dir)) != 0 {
				t.Errorf("%d requests, files %v", e.requests(), files(t, dir))
			}
			e.set(nil)
			if _, err := generate(t, options(dir, e), plan, &tally{}); err != nil {
				t.Errorf("and then: %v", err)
			}
		})
	}
}

// A setting that the endpoint refuses must not use up the plan.
func TestEveryRequestRefused(t *testing.T) {
	t.Parallel()
	plan := world{train: 200, block: 20}
	dir, e := t.TempDir(), newEndpoint(t)
	e.set(always("400"))
	_, err := generate(t, options(dir, e), plan, &tally{})
	if fault.ExitCode(err) != fault.Incomplete || !strings.Contains(err.Error(), "top_p") || e.requests() > 30 {
		t.Errorf("%v after %d requests", err, e.requests())
	}
	if m := whole(t, dir, plan, nil); m.Totals.Pending != 200 {
		t.Errorf("totals %+v", m.Totals)
	}
	e.set(nil)
	if _, err := generate(t, options(dir, e), plan, &tally{}); err != nil {
		t.Error(err)
	}
	// Fewer pairs than it takes to tell: they fail, and the run ends.
	dir = t.TempDir()
	e.set(always("400"))
	p, small := &tally{}, world{train: 5, block: 5}
	_, err = generate(t, options(dir, e), small, p)
	if m := whole(t, dir, small, p); m.Totals.Failed != 5 || fault.ExitCode(err) != fault.Incomplete {
		t.Errorf("totals %+v, %v", m.Totals, err)
	}
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	plan := world{train: 300, block: 25}
	dir, e := t.TempDir(), newEndpoint(t)
	ctx, cancel := context.WithCancel(t.Context())
	total := 0
	e.set(func(q string, n int) string {
		if total++; total == 90 {
			cancel()
		}
		if total == 88 {
			return "hang"
		}
		return ""
	})
	o := options(dir, e)
	client, err := llm.New(o.endpoints()[0].client(o))
	if err != nil {
		t.Fatal(err)
	}
	start, patient := time.Now(), quick
	patient.drain = 3 * time.Second // the hanging request takes all of it
	_, err = runWith(ctx, o, plan, &tally{}, client, client.URL(), patient)
	client.Close()
	if fault.ExitCode(err) != fault.Interrupted || time.Since(start) > 30*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
	if m := whole(t, dir, plan, nil); m.Totals.Pending == 0 || m.Totals.Failed != 0 {
		t.Errorf("totals %+v", m.Totals)
	}
	asked := e.requests()
	if _, err := runWith(ctx, o, plan, &tally{}, client, client.URL(), quick); fault.ExitCode(err) != fault.Interrupted || e.requests() != asked {
		t.Errorf("interrupted before it began: %v, %d requests", err, e.requests()-asked)
	}
	e.set(nil)
	if _, err := generate(t, o, plan, &tally{}); err != nil {
		t.Fatal(err)
	}
	same(t, files(t, dir), clean(t, plan, nil))
	for q, n := range e.answered {
		if n > 1 {
			t.Errorf("an interrupt lost the answer to %q", q)
		}
	}
}

// leaving interrupts a run after so many settled pairs.
type leaving struct {
	*tally
	after int64
	stop  func()
}

func (l *leaving) Settled(accepted, rejected, failed int64) {
	l.tally.Settled(accepted, rejected, failed)
	if l.after -= accepted + rejected + failed; l.after <= 0 {
		l.stop()
	}
}

// An interrupt is one also in the moment in which every answer is there and the
// last shard isn't.
func TestInterruptBeforeTheLastShard(t *testing.T) {
	t.Parallel()
	plan, e := world{train: 40, block: 20}, newEndpoint(t)
	want := clean(t, plan, nil)
	for range 5 {
		dir := t.TempDir()
		ctx, stop := context.WithCancel(t.Context())
		_, err := generateUntil(ctx, t, options(dir, e), plan, &leaving{&tally{}, 40, stop})
		pending := whole(t, dir, plan, nil).Totals.Pending
		if code := fault.ExitCode(err); pending > 0 && code != fault.Interrupted || pending == 0 && err != nil {
			t.Fatalf("%d pairs are pending: %v", pending, err)
		}
		stop()
		if _, err := generate(t, options(dir, e), plan, &tally{}); err != nil {
			t.Fatal(err)
		}
		same(t, files(t, dir), want)
	}
}

func TestKeyIsInNoFileAndNoError(t *testing.T) {
	const key = "sk-very-secret-0123456789"
	t.Setenv("PCCLIP_TEST_KEY", key)
	plan := world{train: 40, block: 20}
	for _, kind := range []string{"echo", "401"} {
		dir, e := t.TempDir(), newEndpoint(t)
		e.set(func(q string, n int) string {
			if hashOf(q)%3 == 0 {
				return kind
			}
			return ""
		})
		o, p := options(dir, e), &tally{}
		o.APIKeyEnv = "PCCLIP_TEST_KEY"
		_, err := generate(t, o, plan, p)
		if err == nil || strings.Contains(err.Error(), key) || strings.Contains(strings.Join(p.notes, " "), key) {
			t.Errorf("%s: %v", kind, err)
		}
		if e.auth != "Bearer "+key {
			t.Errorf("the server got %q", e.auth)
		}
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				if b, err := os.ReadFile(path); err != nil || bytes.Contains(b, []byte(key)) {
					t.Errorf("%s holds the key (%v)", path, err)
				}
			}
			return err
		})
	}
}
