package shards

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// read gives all rows of a shard and the error that ended the stream.
func read(path string) (rows []Row, err error) {
	for row, err := range ReadRows(path) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func golden(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "golden.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReadDamaged(t *testing.T) {
	whole := golden(t)
	flipped := append([]byte{}, whole...)
	flipped[100] ^= 0x10
	cases := map[string][]byte{
		"empty": {}, "magic only": []byte("PAR1"), "text": []byte(strings.Repeat("no shard ", 50)),
		"cut in the footer": whole[:len(whole)-20], "cut in the pages": whole[:len(whole)/3], "cut by one": whole[:len(whole)-1],
		"flipped byte in a page": flipped,
		"footer length":          append(append([]byte{}, whole[:len(whole)-8]...), 0xff, 0xff, 0xff, 0x7f, 'P', 'A', 'R', '1'),
	}
	for name, doc := range cases {
		path := filepath.Join(t.TempDir(), "shard.parquet")
		if err := os.WriteFile(path, doc, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := read(path)
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	if _, err := read(path); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
	if _, err := ReadMeta(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := read(t.TempDir()); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

func TestReadAnotherTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.parquet")
	if _, err := WriteTable(path, []flat{{ID: "a"}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := read(path); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "pair_id") {
		t.Error(err)
	}
}

func TestReadOlderAndNewerColumns(t *testing.T) {
	type older struct {
		PairID string `parquet:"pair_id"`
		Split  string `parquet:"split,dict"`
	}
	type newer struct {
		Added string `parquet:"added"`
		Row
	}
	dir := t.TempDir()
	oldPath, newPath := filepath.Join(dir, "old"), filepath.Join(dir, "new")
	if _, err := WriteTable(oldPath, []older{{"p", "train"}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := WriteTable(newPath, []newer{{"x", Row{PairID: "p", Split: "train"}}}, nil); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{oldPath, newPath} {
		got, err := read(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]Row{{PairID: "p", Split: "train"}}, got); d != "" {
			t.Error(d)
		}
	}
}

func TestEmptyShard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.parquet")
	info, err := WriteRows(path, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := read(path)
	if err != nil || len(rows) != 0 || info.Rows != 0 {
		t.Errorf("%v, %v, %+v", rows, err, info)
	}
	if n, err := CountRows(path); n != 0 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestStoppedReaderClosesItsFile(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("no /proc to count open files in")
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	if _, err := WriteRows(path, sampleRows(600), nil); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for row, err := range ReadRows(path) {
			if err != nil || row.PairID == "" {
				t.Fatal(err)
			}
			break
		}
	}
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, _ := os.Readlink(filepath.Join("/proc/self/fd", fd.Name())); to == path {
			t.Error("the shard is still open after the loop was left")
		}
	}
}

func TestLZ4IsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.parquet")
	if err := parquet.WriteFile(path, sampleRows(3), parquet.Compression(&parquet.Lz4Raw)); err != nil {
		t.Fatal(err)
	}
	if _, err := read(path); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "column pair_id is compressed with LZ4_RAW") {
		t.Error(err)
	}
}

// FuzzRead holds that no file makes the reader panic or stream without end.
func FuzzRead(f *testing.F) {
	path := filepath.Join(f.TempDir(), "seed.parquet")
	if _, err := WriteRows(path, sampleRows(3), nil); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	// A file of another writer has no checksum and meets the library at once.
	f.Add(bytes.ReplaceAll(whole, []byte("pcclip version"), []byte("writer version")))
	f.Fuzz(func(t *testing.T, doc []byte) {
		path := filepath.Join(t.TempDir(), "f.parquet")
		if err := os.WriteFile(path, doc, 0o644); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err := range ReadRows(path) {
			if err != nil && !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			if n++; n > 1_000_000 {
				break
			}
		}
	})
}

// TestFlippedBytes holds that no flipped bit gives other rows without an error.
func TestFlippedBytes(t *testing.T) {
	path, want := filepath.Join(t.TempDir(), "f.parquet"), sampleRows(12)
	if _, err := WriteRows(path, want, nil); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(whole); at += 11 {
		doc := append([]byte{}, whole...)
		doc[at] ^= 1 << (at % 8) // 11 and 8 share no factor: every bit has its turn
		if err := os.WriteFile(path, doc, 0o644); err != nil {
			t.Fatal(err)
		}
		rows, err := read(path)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatalf("byte %d: %v", at, err)
		}
		if err == nil && !reflect.DeepEqual(want, rows) {
			t.Errorf("byte %d of %d passes unseen: %.80q", at, len(whole), cmp.Diff(want, rows))
		}
	}
}
