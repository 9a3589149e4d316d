// Package tokens is the cache between shards and trainer: the differences of a
// set of shards as CLIP token ids, with the images they compare, in one Arrow
// IPC file. It is derived data: delete it and it is made again.
//
// The file holds record batches of up to 16,384 rows with the columns
// pair_id utf8, image_id_a utf8, image_id_b utf8, tokens list<uint16>, in shard
// order. The schema metadata carries "version" and "key", the digest of what it
// was made from.
package tokens

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
)

// version names the layout of the file and the tokenizer's rules.
const version = "tokens/v1"

// ErrStale says that a cache was made from other shards, or is damaged.
var ErrStale = errors.New("token cache does not belong to these shards")

// Set is a read cache. It is immutable and safe for concurrent use.
type Set struct {
	pairIDs, imagesA, imagesB []string
	tokens                    []uint16
	starts                    []int64 // len = rows + 1
}

// Len gives the number of differences.
func (s *Set) Len() int { return len(s.pairIDs) }

// Tokens gives the ids of difference i, from start to end of text, unpadded.
// The slice belongs to the set.
func (s *Set) Tokens(i int) []uint16 { return s.tokens[s.starts[i]:s.starts[i+1]] }

// Images gives the ids of the two images of difference i.
func (s *Set) Images(i int) (a, b string) { return s.imagesA[i], s.imagesB[i] }

// PairID gives the pair's id of difference i.
func (s *Set) PairID(i int) string { return s.pairIDs[i] }

func schema(key string) *arrow.Schema {
	meta := arrow.NewMetadata([]string{"version", "key"}, []string{version, key})
	return arrow.NewSchema([]arrow.Field{
		{Name: "pair_id", Type: arrow.BinaryTypes.String},
		{Name: "image_id_a", Type: arrow.BinaryTypes.String},
		{Name: "image_id_b", Type: arrow.BinaryTypes.String},
		{Name: "tokens", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Uint16)},
	}, &meta)
}

// Open reads the cache at path. It fails with ErrStale where the file was made
// under another key or cannot be read as a cache, and with fs.ErrNotExist
// where there is none.
func Open(path, key string) (*Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open token cache: %w", err)
	}
	defer f.Close()
	s, err := read(f, key)
	if err != nil {
		return nil, fmt.Errorf("read token cache %s: %w", path, err)
	}
	return s, nil
}

func read(f ipc.ReadAtSeeker, key string) (s *Set, err error) {
	defer func() { // arrow v17 panics on some damaged files
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("%w: %v", ErrStale, r)
		}
	}()
	r, err := ipc.NewFileReader(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStale, err)
	}
	defer r.Close()
	if !r.Schema().Equal(schema(key)) || !r.Schema().Metadata().Equal(schema(key).Metadata()) {
		return nil, ErrStale
	}
	s = &Set{starts: []int64{0}}
	for i := range r.NumRecords() {
		rec, err := r.RecordAt(i)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: %w", ErrStale, err)
		}
		s.add(rec)
		rec.Release()
	}
	return s, nil
}

func (s *Set) add(rec arrow.Record) {
	ids, a, b := rec.Column(0).(*array.String), rec.Column(1).(*array.String), rec.Column(2).(*array.String)
	lists := rec.Column(3).(*array.List)
	values := lists.ListValues().(*array.Uint16)
	for i := range int(rec.NumRows()) {
		s.pairIDs = append(s.pairIDs, strings.Clone(ids.Value(i)))
		s.imagesA = append(s.imagesA, strings.Clone(a.Value(i)))
		s.imagesB = append(s.imagesB, strings.Clone(b.Value(i)))
		from, to := lists.ValueOffsets(i)
		s.tokens = append(s.tokens, values.Uint16Values()[from:to]...)
		s.starts = append(s.starts, int64(len(s.tokens)))
	}
}
