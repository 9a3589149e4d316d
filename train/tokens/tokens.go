// Package tokens is the cache between shards and trainer: the differences of a
// set of shards as CLIP token ids, with the images they compare, in one Arrow
// IPC file that is mapped into memory, so that the processes of one machine hold
// it once. It is derived data: delete it and it is made again.
//
// The file holds record batches of up to 16,384 rows with the columns
// pair_id utf8, image_id_a utf8, image_id_b utf8, tokens list<uint16> and length
// int32, the number of ids before the text was cut, in shard order. All batches
// but the last are full. The schema metadata carries "version" and "key", the digest of what it
// was made from.
package tokens

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"golang.org/x/sys/unix"
)

// version names the layout of the file and the tokenizer's rules.
const version = "tokens/v2"

// ErrStale says that a cache was made from other shards, or is damaged.
var ErrStale = errors.New("token cache does not belong to these shards")

// Set is a cache as it lies in its file, mapped: the system reads what is used and
// drops what isn't. It is immutable and safe for concurrent use; nothing that it
// gives points into the file, which is let go with the set.
type Set struct {
	batches []batch
	rows    int
}

// Len gives the number of differences.
func (s *Set) Len() int { return s.rows }

func (s *Set) at(i int) (b *batch, k int) { return &s.batches[i/batchRows], i % batchRows }

// Tokens gives the ids of difference i, from start to end of text, unpadded.
func (s *Set) Tokens(i int) []int32 {
	defer runtime.KeepAlive(s)
	b, k := s.at(i)
	ids := b.tokens(k)
	out := make([]int32, len(ids))
	for j, id := range ids {
		out[j] = int32(id)
	}
	return out
}

// Count gives the number of ids of difference i.
func (s *Set) Count(i int) int {
	defer runtime.KeepAlive(s)
	b, k := s.at(i)
	return len(b.tokens(k))
}

// Length gives the number of ids of difference i before its text was cut.
func (s *Set) Length(i int) int {
	defer runtime.KeepAlive(s)
	b, k := s.at(i)
	return int(b.lengths[k])
}

// Images gives the ids of the two images of difference i.
func (s *Set) Images(i int) (imageA, imageB string) {
	defer runtime.KeepAlive(s)
	b, k := s.at(i)
	return strings.Clone(b.imagesA.at(k)), strings.Clone(b.imagesB.at(k))
}

// PairID gives the pair's id of difference i.
func (s *Set) PairID(i int) string {
	defer runtime.KeepAlive(s)
	b, k := s.at(i)
	return strings.Clone(b.pairIDs.at(k))
}

func schema(key string) *arrow.Schema {
	meta := arrow.NewMetadata([]string{"version", "key"}, []string{version, key})
	return arrow.NewSchema([]arrow.Field{
		{Name: "pair_id", Type: arrow.BinaryTypes.String},
		{Name: "image_id_a", Type: arrow.BinaryTypes.String},
		{Name: "image_id_b", Type: arrow.BinaryTypes.String},
		{Name: "tokens", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Uint16)},
		{Name: "length", Type: arrow.PrimitiveTypes.Int32},
	}, &meta)
}

// Open maps the cache at path. It fails with ErrStale where the file was made
// under another key or cannot be read as a cache, and with fs.ErrNotExist
// where there is none.
func Open(path, key string) (*Set, error) {
	file, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("open token cache: %w", err)
	}
	s, err := read(file, key)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read token cache %s: %w", path, err), unix.Munmap(file))
	}
	runtime.AddCleanup(s, func(file []byte) { _ = unix.Munmap(file) }, file) // fails for what isn't mapped only
	return s, nil
}

// mapFile maps a file for reading. A cache is never changed, only replaced.
func mapFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrStale)
	}
	if file, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED); err == nil {
		return file, nil
	}
	return io.ReadAll(f) // not every file system maps
}

func read(file []byte, key string) (*Set, error) {
	if err := checkSchema(file, key); err != nil {
		return nil, err
	}
	return columns(file)
}

// stale takes a panic for damage: of some files arrow v17 panics, of more what is
// read of them here.
func stale(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v", ErrStale, r)
	}
}

// checkSchema fails where a file has other columns than ours, or another key.
func checkSchema(file []byte, key string) (err error) {
	defer stale(&err)
	r, err := ipc.NewFileReader(bytes.NewReader(file))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStale, err)
	}
	defer r.Close()
	if !r.Schema().Equal(schema(key)) || !r.Schema().Metadata().Equal(schema(key).Metadata()) {
		return ErrStale
	}
	return nil
}

// columns finds the columns of a file of our schema, and looks at every row once.
func columns(file []byte) (s *Set, err error) {
	defer stale(&err)
	s = &Set{}
	for i, b := range batches(file) {
		if s.rows%batchRows != 0 {
			return nil, fmt.Errorf("%w: batch %d is not full", ErrStale, i-1)
		}
		b.touch()
		s.batches = append(s.batches, b)
		s.rows += b.rows
	}
	return s, nil
}
