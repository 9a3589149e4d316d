package shards

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"reflect"
	"sync"

	"github.com/parquet-go/parquet-go"
)

const readRows = 512 // rows decoded at once

// ReadTable streams the rows of a table in file order. Columns that T lacks are
// left out, columns that the file lacks are null; the first column of T must be
// there. A table of pcclip is checked whole before its first row comes. The
// first error ends the stream; damage wraps ErrCorrupt. The file is open only
// while the loop runs, however it ends. Rows are decoded while those before them
// are looked at.
func ReadTable[T any](path string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		for batch, err := range ReadBatches[T](path) {
			if err != nil {
				yield(zero, err)
				return
			}
			for _, row := range batch {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

// ReadBatches streams a table as ReadTable does, some rows at a time. A batch is
// good until the next one comes; what its strings and pointers refer to stays.
func ReadBatches[T any](path string) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		t, err := openTable(path, reflect.TypeFor[T]())
		if err != nil {
			yield(nil, err)
			return
		}
		defer t.Close()
		for batch := range ahead[T](t) {
			if len(batch.rows) > 0 && !yield(batch.rows, nil) {
				return
			}
			if batch.err != nil {
				yield(nil, batch.err)
				return
			}
		}
	}
}

// decoded is some rows, or the error after the last one.
type decoded[T any] struct {
	rows []T
	err  error
}

// ahead decodes a table in a goroutine of its own, one batch ahead. A batch is
// good until the next one is taken.
func ahead[T any](t *tableReader) iter.Seq[decoded[T]] {
	return func(yield func(decoded[T]) bool) {
		var reading sync.WaitGroup
		defer reading.Wait()
		full, free, left := make(chan decoded[T]), make(chan []T, 2), make(chan struct{})
		defer close(left)
		for range cap(free) {
			free <- make([]T, min(readRows, max(1, t.left)))
		}
		reading.Go(func() {
			defer close(full)
			for {
				select {
				case <-left:
					return
				case rows := <-free:
					clear(rows)
					n, err := t.next(reflect.ValueOf(rows))
					if errors.Is(err, io.EOF) {
						return
					}
					select {
					case <-left:
						return
					case full <- decoded[T]{rows[:n], err}:
					}
					if err != nil {
						return
					}
				}
			}
		})
		for batch := range full {
			if !yield(batch) {
				return
			}
			free <- batch.rows[:cap(batch.rows)]
		}
	}
}

// ReadRows streams a shard; see ReadTable.
func ReadRows(path string) iter.Seq2[Row, error] { return ReadTable[Row](path) }

// ReadMeta gives the footer's key-value pairs.
func ReadMeta(path string) (map[string]string, error) {
	f, table, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	meta := map[string]string{}
	for _, kv := range table.Metadata().KeyValueMetadata {
		meta[kv.Key] = kv.Value
	}
	return meta, nil
}

// CountRows gives the number of rows that the footer promises.
func CountRows(path string) (int64, error) {
	f, table, err := openFile(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return table.NumRows(), nil
}

// openFile opens a Parquet file and reads its footer. The caller closes the
// first result.
func openFile(path string) (f *os.File, table *parquet.File, err error) {
	f, err = os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read table: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("read table %s: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("read table %s: %w: not a regular file", path, ErrCorrupt)
	}
	err = guard(path, func() error {
		table, err = parquet.OpenFile(f, info.Size())
		if err != nil {
			return err
		}
		return checkFooter(table)
	})
	return f, table, err
}

// guard turns an error of the Parquet library, or its panic, into ErrCorrupt.
func guard(path string, do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read table %s: %w: %v", path, ErrCorrupt, r)
		}
	}()
	err = do()
	if err == nil || err == io.EOF {
		return err
	}
	return fmt.Errorf("read table %s: %w: %w", path, ErrCorrupt, err)
}

// tableReader reads the row groups of a file one after the other.
type tableReader struct {
	path   string
	file   *os.File
	schema *parquet.Schema // of the wanted struct
	flat   []flatColumn    // nil where it has nested columns
	places columnMap
	groups []parquet.RowGroup // not yet begun
	group  groupReader        // under way; nil between groups
	left   int64              // rows that the footer still promises
}

func openTable(path string, t reflect.Type) (*tableReader, error) {
	schema, err := tableSchema(t)
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", path, err)
	}
	f, table, err := openFile(path)
	if err != nil {
		return nil, err
	}
	r := &tableReader{path: path, file: f, schema: schema, flat: flatColumns(schema), left: table.NumRows()}
	err = guard(path, func() error {
		if r.places, err = mapColumns(schema, table.Schema()); err != nil {
			return err
		}
		r.groups = table.RowGroups()
		return checkPages(f, table.Size(), table)
	})
	if err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

// next fills a slice of structs and gives how many it filled, with io.EOF at
// the end of the table.
func (r *tableReader) next(batch reflect.Value) (n int, err error) {
	err = guard(r.path, func() error {
		if r.group == nil && len(r.groups) == 0 {
			if r.left != 0 {
				return fmt.Errorf("%d rows fewer than the footer promises", r.left)
			}
			return io.EOF
		}
		if r.group == nil {
			r.group, r.groups = r.open(r.groups[0]), r.groups[1:]
		}
		n, err = r.group.next(batch)
		r.left -= int64(n)
		if errors.Is(err, io.EOF) {
			err, r.group = r.group.Close(), nil
		}
		return err
	})
	return n, err
}

func (r *tableReader) open(group parquet.RowGroup) groupReader {
	if r.flat != nil {
		return newFlatGroup(r.flat, r.places, group)
	}
	return &nestedGroup{r.schema, r.places, group.Rows(), make([]parquet.Row, readRows)}
}

// Close closes the file. Any panic of the library on the way is of no interest
// any more.
func (r *tableReader) Close() {
	_ = guard(r.path, func() error {
		if r.group != nil {
			return r.group.Close()
		}
		return nil
	})
	r.file.Close()
}
