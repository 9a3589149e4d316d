package tokens

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// batchRows bounds the memory of writing: one record batch.
const batchRows = 16384

// Difference is one row as the cache takes it.
type Difference struct {
	PairID, ImageA, ImageB, Text string
}

// Encoder turns a text into ids, from start to end of text, cut to the
// context of the model; length is their number before the cut.
type Encoder func(text string) (ids []int32, length int)

// Cached opens the cache at path, or makes it from rows where it is missing or
// stale, and opens it then.
func Cached(ctx context.Context, path, key string, rows iter.Seq2[Difference, error], encode Encoder) (*Set, error) {
	s, err := Open(path, key)
	if err == nil || !(errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrStale)) {
		return s, err
	}
	if err := Build(ctx, path, key, rows, encode); err != nil {
		return nil, err
	}
	return Open(path, key)
}

// Build writes the cache: aside, synced, renamed.
func Build(ctx context.Context, path, key string, rows iter.Seq2[Difference, error], encode Encoder) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write token cache: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".tokens-*")
	if err != nil {
		return fmt.Errorf("write token cache: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := write(ctx, f, key, rows, encode); err != nil {
		return fmt.Errorf("write token cache %s: %w", path, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write token cache %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write token cache: %w", err)
	}
	return nil
}

func write(ctx context.Context, f *os.File, key string, rows iter.Seq2[Difference, error], encode Encoder) error {
	w, err := ipc.NewFileWriter(f, ipc.WithSchema(schema(key)))
	if err != nil {
		return err
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema(key))
	defer b.Release()
	flush := func() error {
		rec := b.NewRecord()
		defer rec.Release()
		return w.Write(rec)
	}
	n := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		appendRow(b, row, encode)
		if n++; n%batchRows == 0 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if n%batchRows != 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	return w.Close()
}

func appendRow(b *array.RecordBuilder, row Difference, encode Encoder) {
	b.Field(0).(*array.StringBuilder).Append(row.PairID)
	b.Field(1).(*array.StringBuilder).Append(row.ImageA)
	b.Field(2).(*array.StringBuilder).Append(row.ImageB)
	lists := b.Field(3).(*array.ListBuilder)
	lists.Append(true)
	values := lists.ValueBuilder().(*array.Uint16Builder)
	ids, length := encode(row.Text)
	b.Field(4).(*array.Int32Builder).Append(int32(length))
	for _, id := range ids {
		values.Append(uint16(id)) // CLIP's vocabulary has 49,408 ids
	}
}
