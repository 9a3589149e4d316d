package answers

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/pcclip/pcclip/shards/fault"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("PCCLIP_TEST_APPEND"); path != "" {
		appendForever(path)
	}
	goleak.VerifyTestMain(m)
}

func key(n int) Key {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	return sha256.Sum256(b[:])
}

func sample(n int, s Standing) Answer {
	tokens := int64(n)
	return Answer{
		Key: key(n), Standing: s, Outcome: "ok", Attempt: 1, Endpoint: "http://h/v1", Status: 200, Model: "m", Fingerprint: "fp", Finish: "stop",
		Prompt: &tokens, Completion: &tokens, Latency: 12 * time.Millisecond, Received: time.UnixMilli(1_700_000_000_000).UTC(),
		Body: bytes.Repeat([]byte{byte(n)}, 50*(n%100)),
	}
}

func mustOpen(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// put appends answers and waits for their commits.
func put(t *testing.T, s *Store, all ...Answer) {
	t.Helper()
	var wg sync.WaitGroup
	for _, a := range all {
		wg.Add(1)
		s.Append(a, func(err error) {
			if err != nil {
				t.Error(err)
			}
			wg.Done()
		})
	}
	wg.Wait()
}

func TestAnswersComeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a ?%#.db")
	s := mustOpen(t, path)
	bare := Answer{Key: key(0), Standing: Failed, Outcome: "transport", Attempt: 5, Received: time.UnixMilli(0).UTC()}
	want := []Answer{bare}
	for n := 1; n < 600; n++ {
		want = append(want, sample(n, Usable))
	}
	put(t, s, want...)
	if err := errors.Join(s.Note("b", []byte("1")), s.Note("a", nil), s.Note("b", []byte("2"))); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"at once", "opened again"} {
		if s.Rows() != int64(len(want)) {
			t.Errorf("%s: %d rows", when, s.Rows())
		}
		for _, a := range want {
			got, ok, err := s.Get(a.Key)
			a.Body = append([]byte(nil), a.Body...) // empty reads back as nil
			if !ok || err != nil || s.Standing(a.Key) != a.Standing || !reflect.DeepEqual(got, a) {
				t.Fatalf("%s: %v, %v: %s", when, ok, err, cmp.Diff(a, got))
			}
		}
		if _, ok, err := s.Get(key(-1)); ok || err != nil || s.Standing(key(-1)) != Unasked {
			t.Errorf("%s: an answer to a request that nobody made", when)
		}
		notes, err := s.Notes()
		if err != nil || !cmp.Equal(notes, map[string][]byte{"a": {}, "b": []byte("2")}, cmpopts.EquateEmpty()) {
			t.Errorf("%s: notes %q, %v", when, notes, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path + "-wal"); err == nil {
			t.Errorf("%s: the log stayed after closing", when)
		}
		s = mustOpen(t, path)
	}
}

func TestBestAnswerWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s := mustOpen(t, path)
	random := rand.New(rand.NewPCG(1, 2))
	best := map[Key]Answer{}
	for i := range 3000 {
		a := sample(random.IntN(800), Standing(1+random.IntN(4)))
		a.Attempt = i
		if now := best[a.Key].Standing; a.Standing > now || a.Standing == Failed && now == Failed {
			best[a.Key] = a
		}
		s.Append(a, func(err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, path)
	for k, want := range best {
		if got, ok, err := s.Get(k); !ok || err != nil || got.Attempt != want.Attempt || got.Standing != want.Standing {
			t.Fatalf("got attempt %d, %v, %v; want %d", got.Attempt, ok, err, want.Attempt)
		}
	}
}

func TestNothingIsSeenBeforeItsCommit(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "a.db"))
	done := make(chan error, 1)
	s.Append(sample(1, Usable), func(err error) { done <- err })
	if s.Standing(key(1)) != Unasked && len(done) == 0 {
		t.Error("an answer is there that nobody acknowledged")
	}
	if err := <-done; err != nil || s.Standing(key(1)) != Usable {
		t.Errorf("acknowledged, but %v and %v", err, s.Standing(key(1)))
	}
}

func TestClosedStore(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "a.db"))
	var last error
	s.Append(sample(1, Usable), func(err error) { last = err })
	if err := s.Close(); err != nil || last != nil || s.Standing(key(1)) != Usable {
		t.Errorf("closing lost what waited: %v, %v", err, last)
	}
	s.Append(sample(2, Usable), func(err error) { last = err })
	if !errors.Is(last, ErrClosed) || !errors.Is(s.Note("a", nil), ErrClosed) || s.Close() != nil {
		t.Errorf("after closing: %v", last)
	}
}

func TestSecondUserIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s := mustOpen(t, path)
	start := time.Now()
	_, err := Open(path)
	if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), fmt.Sprintf("pid %d", os.Getpid())) {
		t.Errorf("got %v after %s", err, time.Since(start))
	}
	put(t, s, sample(1, Usable))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, path)
	if _, err := Open(filepath.Join(t.TempDir(), "none", "a.db")); fault.ExitCode(err) != fault.Usage {
		t.Errorf("no such folder: %v", err)
	}
}

func TestDamageIsNamedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	s := mustOpen(t, whole)
	var all []Answer
	for n := range 400 {
		all = append(all, sample(n, Usable))
	}
	put(t, s, all...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	page := 4096
	pages := len(file) / page
	for name, change := range map[string]func(b []byte) []byte{
		"text":              func([]byte) []byte { return []byte("not a database at all") },
		"short":             func(b []byte) []byte { return b[:5] },
		"half":              func(b []byte) []byte { return b[:len(b)/2] },
		"torn page":         func(b []byte) []byte { return b[:len(b)-page/2] },
		"last page lost":    func(b []byte) []byte { return b[:len(b)-page] },
		"first page zeroed": func(b []byte) []byte { clear(b[:page]); return b },
		"a page zeroed":     func(b []byte) []byte { clear(b[pages/2*page:][:page]); return b },
		"pages swapped": func(b []byte) []byte {
			x, y := b[pages/2*page:][:page], b[pages/3*page:][:page]
			old := bytes.Clone(x)
			copy(x, y)
			copy(y, old)
			return b
		},
		"a bit of a body": func(b []byte) []byte { b[bytes.LastIndex(b, bytes.Repeat([]byte{99}, 60))+30] ^= 1; return b },
		"another program": func(b []byte) []byte { b[68] ^= 1; return b },
		"a later version": func(b []byte) []byte { b[63]++; return b },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "answers.db")
			bad := change(bytes.Clone(file))
			if err := os.WriteFile(path, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			s, err := Open(path)
			if err == nil {
				for n := range 400 {
					if _, _, e := s.Get(key(n)); e != nil {
						err = e
					}
				}
				if e := s.Close(); e != nil {
					t.Error(e)
				}
			}
			if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
			if name != "a later version" && (!errors.Is(err, ErrDamaged) || fault.ExitCode(err) != fault.Usage) {
				t.Errorf("not told as damage: %v", err)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, bad) {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "a.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var wg sync.WaitGroup
	body := bytes.Repeat([]byte("x"), 1200)
	n := 0
	for b.Loop() {
		wg.Add(1)
		a := sample(n, Usable)
		a.Body = body
		s.Append(a, func(error) { wg.Done() })
		n++
	}
	wg.Wait()
}

func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.db")
	s, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	body := bytes.Repeat([]byte("x"), 1200)
	for n := range 50_000 {
		a := sample(n, Usable)
		a.Body = body
		s.Append(a, func(error) {})
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if s, err = Open(path); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
