package answers

import (
	"os"
	"path/filepath"
	"testing"
)

// A store whose last transaction was cut anywhere, as a power cut does it, opens
// again and holds every answer that was committed before.
func TestTornStoreOpens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "answers.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	commit := func(n byte) {
		t.Helper()
		done := make(chan error, 1)
		s.Append(Answer{Key: Key{n}, Standing: Usable, Outcome: "ok", Body: []byte("body")}, func(err error) { done <- err })
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	size := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	for n := range byte(5) {
		commit(n + 1)
	}
	before := size()
	commit(6)
	after := size()
	db, wal := read(t, path), read(t, path+"-wal")
	if after <= before {
		t.Fatalf("the log did not grow: %d, %d", before, after)
	}
	step := int64(1)
	if testing.Short() {
		step = 61
	}
	for cut := before; cut <= after; cut += step {
		torn := filepath.Join(t.TempDir(), "answers.db")
		writeBytes(t, torn, db)
		writeBytes(t, torn+"-wal", wal[:cut])
		again, err := Open(torn)
		if err != nil {
			t.Fatalf("cut at byte %d of %d: %v", cut, after, err)
		}
		want := int64(5)
		if cut == after {
			want = 6
		}
		if again.Rows() != want || again.Standing(Key{5}) != Usable {
			t.Errorf("cut at byte %d of %d: %d answers", cut, after, again.Rows())
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeBytes(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
