package tokens

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

func some(n int) iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		for i := range n {
			if !yield(Difference{PairID: fmt.Sprint("p", i), ImageA: fmt.Sprint(i), ImageB: fmt.Sprint(i + 1), Text: fmt.Sprint(i)}, nil) {
				return
			}
		}
	}
}

// encode gives i%5+1 ids for the text of row i.
func encode(text string) ([]int32, int) {
	var i int
	fmt.Sscan(text, &i)
	return slices.Repeat([]int32{int32(i % 49408)}, i%5+1), i
}

func TestCacheGivesBackWhatWentIn(t *testing.T) {
	for _, n := range []int{0, 1, batchRows, batchRows + 7} {
		path := filepath.Join(t.TempDir(), "tokens.arrow")
		s, err := Cached(context.Background(), path, "key", some(n), encode)
		if err != nil || s.Len() != n {
			t.Fatalf("%d rows: got %v, %v", n, s, err)
		}
		for i := range n {
			a, b := s.Images(i)
			if a != fmt.Sprint(i) || b != fmt.Sprint(i+1) || s.PairID(i) != fmt.Sprint("p", i) || len(s.Tokens(i)) != i%5+1 || s.Length(i) != i || s.Count(i) != i%5+1 || s.Tokens(i)[0] != int32(i%49408) {
				t.Fatalf("row %d is %s, %s, %v", i, a, b, s.Tokens(i))
			}
		}
	}
}

func TestCacheOfOtherShardsOrDamagedIsStale(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.arrow")
	if err := Build(context.Background(), path, "key", some(100), encode); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, "other"); !errors.Is(err, ErrStale) {
		t.Fatalf("another key gives %v", err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{0, 5, len(b) / 2, len(b) - 1} {
		if err := os.WriteFile(path, b[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, "key"); !errors.Is(err, ErrStale) {
			t.Fatalf("a file cut at %d of %d gives %v", cut, len(b), err)
		}
		if s, err := Cached(context.Background(), path, "key", some(100), encode); err != nil || s.Len() != 100 {
			t.Fatalf("a stale cache is not made again: %v", err)
		}
	}
}

// readThrough asks for everything in a set.
func readThrough(s *Set) {
	for i := range s.Len() {
		s.Tokens(i)
		s.Images(i)
		s.PairID(i)
		s.Length(i)
	}
}

// A cache with a changed byte among its columns is stale, or is read to its end: it
// never takes the training down. (Of changed lengths in its own headers arrow v17
// makes what it likes.)
func TestCacheWithAChangedByteIsStaleOrReadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.arrow")
	if err := Build(context.Background(), path, "key", some(20), encode); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	words := func(from, step uint32) (b []byte) {
		for i := range uint32(4) {
			b = binary.LittleEndian.AppendUint32(b, from+step*i)
		}
		return b
	}
	// From the offsets of the first column to the last numbers of the last one.
	from, to := bytes.Index(whole, words(0, 2)), bytes.LastIndex(whole, words(16, 1))+16
	if from < 0 || to <= from {
		t.Fatalf("no columns between %d and %d", from, to)
	}
	stale := 0
	for at := from; at < to; at++ {
		for _, bits := range []byte{0x01, 0x40, 0xff} {
			b := slices.Clone(whole)
			b[at] ^= bits
			s, err := read(b, "key")
			if err != nil {
				stale++
				continue
			}
			readThrough(s)
		}
	}
	if stale == 0 {
		t.Error("no change is noticed")
	}
}

// Whatever a file holds, it is stale or can be read.
func FuzzColumns(f *testing.F) {
	for _, n := range []int{0, 1, 20} {
		path := filepath.Join(f.TempDir(), "tokens.arrow")
		if err := Build(context.Background(), path, "key", some(n), encode); err != nil {
			f.Fatal(err)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(whole)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := columns(file)
		if err != nil {
			if !errors.Is(err, ErrStale) {
				t.Error(err)
			}
			return
		}
		readThrough(s)
	})
}

// What a set has given outlives it.
func TestMappedFileIsLetGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.arrow")
	if err := Build(context.Background(), path, "key", some(10), encode); err != nil {
		t.Fatal(err)
	}
	mapped := func() bool {
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Skip("no /proc: ", err)
		}
		return bytes.Contains(maps, []byte(path))
	}
	s, err := Open(path, "key")
	if err != nil || !mapped() {
		t.Fatalf("not mapped: %v", err)
	}
	a, _ := s.Images(3)
	id, ids := s.PairID(3), s.Tokens(3)
	runtime.KeepAlive(s)
	for deadline := time.Now().Add(time.Minute); mapped(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("still mapped")
		}
		runtime.GC()
	}
	if a != "3" || id != "p3" || !slices.Equal(ids, []int32{3, 3, 3, 3}) {
		t.Errorf("%s, %s, %v", a, id, ids)
	}
}

func TestFailedRowsLeaveNoCache(t *testing.T) {
	dir := t.TempDir()
	broken := errors.New("broken")
	rows := func(yield func(Difference, error) bool) { yield(Difference{}, broken) }
	if _, err := Cached(context.Background(), filepath.Join(dir, "t.arrow"), "k", rows, encode); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Fatalf("left %v", left)
	}
}
