package shards

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"path/filepath"
	"reflect"
	"runtime"

	"github.com/parquet-go/parquet-go"
	"golang.org/x/sync/errgroup"
)

// Limits of a file's parts. Each of them, and the number of rows handed to the
// library at once, decides bytes: a change of any is a change of every shard.
const (
	groupRows  = 122_880   // rows in a row group, DuckDB's vector-friendly size
	groupBytes = 100 << 20 // payload in a row group, before encoding
	pageBytes  = 1 << 20
	writeRows  = 64
)

// createdBy is the writer's name in the footer, in the shape that readers parse.
const createdBy = "pcclip version 1 (build 0)"

// FileInfo names a written file.
type FileInfo struct {
	Path   string `json:"path"`   // as given to the writer, with slashes; see In
	SHA256 string `json:"sha256"` // of the whole file, hex
	Bytes  int64  `json:"bytes"`
	Rows   int64  `json:"rows"`
}

// In gives the same file with its path relative to the folder root.
func (f FileInfo) In(root string) (FileInfo, error) {
	rel, err := filepath.Rel(root, filepath.FromSlash(f.Path))
	if err != nil || !filepath.IsLocal(rel) {
		return FileInfo{}, fmt.Errorf("place file %s: it is not in %s", f.Path, root)
	}
	f.Path = filepath.ToSlash(rel)
	return f, nil
}

// Writer writes one table of T, rows in the given order, in memory bounded by a
// row group. T is a struct of strings, numbers, bools, bytes, pointers to them,
// and slices tagged `list` of these or of such structs; every column becomes
// OPTIONAL. An empty string, a nil pointer and a nil slice become null.
// Use it from one goroutine; end it with Close or Abort.
type Writer[T any] struct {
	out     *aside
	buffer  *bufio.Writer
	sum     hash.Hash
	pages   hash.Hash32
	size    *counter
	table   *parquet.GenericWriter[any]
	encode  rowEncoder
	gather  int   // rows that are encoded at once
	grouped int64 // rows in the row group under way
	payload int64 // and their bytes, before encoding
	rows    int64
	err     error // the first failure; every later call gives it
	ended   bool  // the file under way is gone: committed or aborted
}

// Create begins a table at path. meta becomes the footer's key-value pairs,
// beside the writer's own keys "huggingface" and "pcclip.pages".
func Create[T any](c *Codec, path string, meta map[string]string) (*Writer[T], error) {
	schema, err := tableSchema(reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	for _, own := range []string{featuresKey, pagesKey} {
		if _, taken := meta[own]; taken {
			return nil, fmt.Errorf("create %s: metadata key %q belongs to the writer", path, own)
		}
	}
	out, err := createAside(path)
	if err != nil {
		return nil, err
	}
	w := &Writer[T]{out: out, sum: sha256.New(), pages: crc32.New(castagnoli), size: &counter{}}
	w.buffer = bufio.NewWriterSize(io.MultiWriter(out, w.sum, w.pages, w.size), 1<<18)
	w.table = parquet.NewGenericWriter[any](w.buffer, tableOptions(c, schema, meta)...)
	w.encode, w.gather = newRowEncoder(schema)
	return w, nil
}

// Page statistics and bounds stay on: switched off, the library writes a null
// count of 0 and empty bounds, by which readers prune wrongly.
func tableOptions(c *Codec, schema *parquet.Schema, meta map[string]string) []parquet.WriterOption {
	opts := []parquet.WriterOption{
		schema,
		// The library sets no space before "(build"; without it parquet-java
		// distrusts the statistics of the file.
		parquet.CreatedBy("pcclip", "1 ", "0"),
		// The library's own codec shares encoders among all files, which
		// time-bubbled tests may not do.
		parquet.Compression(&c.pages),
		parquet.MaxRowsPerRowGroup(groupRows),
		parquet.PageBufferSize(pageBytes),
		parquet.KeyValueMetadata(featuresKey, features(schema)),
	}
	for key, value := range meta {
		opts = append(opts, parquet.KeyValueMetadata(key, value))
	}
	return opts
}

// Write appends rows, and keeps nothing of them.
func (w *Writer[T]) Write(rows ...T) error {
	for len(rows) > 0 && w.err == nil {
		n := min(len(rows), w.gather-w.encode.gathered().rows)
		w.encode.add(reflect.ValueOf(rows[:n]))
		w.rows += int64(n)
		if rows = rows[n:]; w.encode.gathered().rows == w.gather {
			w.err = w.flush()
		}
	}
	return w.err
}

// flush hands the gathered rows to the library, and ends each row group that is
// full.
func (w *Writer[T]) flush() error {
	for gathered := w.encode.gathered(); gathered.rows > 0; {
		n, payload, full := gathered.upTo(groupRows-w.grouped, groupBytes-w.payload)
		if err := w.encode.write(w.table, n); err != nil {
			return fmt.Errorf("write %s: %w", w.out.path, err)
		}
		w.grouped, w.payload = w.grouped+int64(n), w.payload+payload
		if !full {
			return nil
		}
		if err := w.endGroup(); err != nil {
			return err
		}
	}
	return nil
}

// endGroup ends the row group. Its columns are compressed on all cores.
func (w *Writer[T]) endGroup() error {
	w.payload, w.grouped = 0, 0
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, c := range w.table.ColumnWriters() {
		g.Go(c.Flush)
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("write %s: %w", w.out.path, err)
	}
	if err := w.table.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", w.out.path, err)
	}
	return nil
}

// Close finishes the file and gives it its name. After an error, and after
// Abort, the name holds what it held before.
func (w *Writer[T]) Close() (FileInfo, error) {
	if w.err == nil {
		w.err = w.finish()
	}
	if w.err != nil {
		w.Abort()
		return FileInfo{}, w.err
	}
	w.err, w.ended = fmt.Errorf("write %s: already closed", w.out.path), true
	if err := w.out.commit(); err != nil {
		return FileInfo{}, err
	}
	return FileInfo{
		Path: filepath.ToSlash(w.out.path), SHA256: hex.EncodeToString(w.sum.Sum(nil)),
		Bytes: w.size.n, Rows: w.rows,
	}, nil
}

func (w *Writer[T]) finish() error {
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.endGroup(); err != nil {
		return err
	}
	if err := w.buffer.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", w.out.path, err)
	}
	w.table.SetKeyValueMetadata(pagesKey, pagesSum(w.size.n, w.pages.Sum32()))
	if err := errors.Join(w.table.Close(), w.buffer.Flush()); err != nil {
		return fmt.Errorf("write %s: %w", w.out.path, err)
	}
	return nil
}

// Abort gives up the file. After Close it does nothing.
func (w *Writer[T]) Abort() {
	if w.ended {
		return
	}
	w.ended = true
	w.out.abort()
	if w.err == nil {
		w.err = fmt.Errorf("write %s: given up", w.out.path)
	}
}

// counter counts the bytes written to it.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
