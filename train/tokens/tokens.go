// Package tokens is the cache between shards and trainer: the differences of a
// set of shards as CLIP token ids, with the images they compare, in one Arrow
// IPC file. It is derived data: delete it and it is made again.
//
// The file holds record batches of up to 16,384 rows with the columns
// pair_id utf8, image_id_a utf8, image_id_b utf8, tokens list<uint16> and length
// int32, the number of ids before the text was cut, in shard order. All batches
// but the last are full. The schema metadata carries "version" and "key", the digest of what it
// was made from.
package tokens

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
)

// version names the layout of the file and the tokenizer's rules.
const version = "tokens/v2"

// ErrStale says that a cache was made from other shards, or is damaged.
var ErrStale = errors.New("token cache does not belong to these shards")

// Set is a read cache. It is immutable and safe for concurrent use. It keeps the
// batches as they are in the file, so memory is the file's size, in a few pieces.
type Set struct {
	batches []batch
	rows    int
}

type batch struct {
	pairIDs, imagesA, imagesB *array.String
	tokens                    *array.List
	ids                       []uint16
	lengths                   *array.Int32
}

// Len gives the number of differences.
func (s *Set) Len() int { return s.rows }

func (s *Set) at(i int) (b *batch, k int) { return &s.batches[i/batchRows], i % batchRows }

// Tokens gives the ids of difference i, from start to end of text, unpadded.
// The slice belongs to the set.
func (s *Set) Tokens(i int) []uint16 {
	b, k := s.at(i)
	from, to := b.tokens.ValueOffsets(k)
	return b.ids[from:to]
}

// Length gives the number of ids of difference i before its text was cut.
func (s *Set) Length(i int) int {
	b, k := s.at(i)
	return int(b.lengths.Value(k))
}

// Images gives the ids of the two images of difference i.
func (s *Set) Images(i int) (imageA, imageB string) {
	b, k := s.at(i)
	return b.imagesA.Value(k), b.imagesB.Value(k)
}

// PairID gives the pair's id of difference i.
func (s *Set) PairID(i int) string {
	b, k := s.at(i)
	return b.pairIDs.Value(k)
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
	s = &Set{}
	for i := range r.NumRecords() {
		rec, err := r.RecordAt(i)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: %w", ErrStale, err)
		}
		if s.rows%batchRows != 0 {
			return nil, fmt.Errorf("%w: batch %d is not full", ErrStale, i-1)
		}
		s.add(rec)
	}
	s.touch()
	return s, nil
}

// touch looks at every row once: an offset out of its column panics here, where
// read takes that for damage, and not in the midst of a training.
func (s *Set) touch() {
	for i := range s.rows {
		s.Tokens(i)
		s.Images(i)
		s.PairID(i)
	}
}

// add takes in a batch; its memory is the garbage collector's.
func (s *Set) add(rec arrow.Record) {
	lists := rec.Column(3).(*array.List)
	s.batches = append(s.batches, batch{
		pairIDs: rec.Column(0).(*array.String), imagesA: rec.Column(1).(*array.String), imagesB: rec.Column(2).(*array.String),
		tokens: lists, ids: lists.ListValues().(*array.Uint16).Uint16Values(), lengths: rec.Column(4).(*array.Int32),
	})
	s.rows += int(rec.NumRows())
}
