package safetensors

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"
)

// Tensor is one tensor to write, row-major. It is F32 unless I64 is set.
type Tensor struct {
	Name  string
	Shape []int64 // empty for a scalar
	F32   []float32
	I64   []int64
}

func (t Tensor) dtype() DType {
	if t.I64 != nil {
		return I64
	}
	return F32
}

func (t Tensor) check() error {
	n, err := byteSize(t.dtype(), t.Shape)
	switch {
	case err != nil:
		return err
	case t.Name == metadataKey || !utf8.ValidString(t.Name):
		return errors.New("name is not allowed")
	case t.F32 != nil && t.I64 != nil:
		return errors.New("both F32 and I64 are set")
	case n/t.dtype().Size() != int64(len(t.F32)+len(t.I64)):
		return fmt.Errorf("shape %v does not hold %d elements", t.Shape, len(t.F32)+len(t.I64))
	}
	return nil
}

// Write writes the tensors, the widest type first and then by name, as the
// reference writer does: the same tensors and metadata give the same bytes in
// whatever order they are given. The metadata gets format=pt, which readers of
// PyTorch weights ask for, unless it has a format. The file is written beside
// path, synced and renamed.
func Write(path string, tensors []Tensor, metadata map[string]string) error {
	if err := write(path, tensors, metadata); err != nil {
		return fmt.Errorf("write weights %s: %w", path, err)
	}
	return nil
}

func write(path string, tensors []Tensor, metadata map[string]string) error {
	sorted := slices.Clone(tensors)
	slices.SortStableFunc(sorted, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(a.dtype().rank(), b.dtype().rank()), cmp.Compare(a.Name, b.Name))
	})
	header, err := buildHeader(sorted, metadata)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = writeBody(f, header, sorted)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// buildHeader gives the length, the JSON and the spaces that align the data to 8.
func buildHeader(tensors []Tensor, metadata map[string]string) ([]byte, error) {
	meta := map[string]string{"format": "pt"}
	maps.Copy(meta, metadata)
	b := bytes.NewBuffer(make([]byte, 8))
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	put := func(v any) error {
		err := enc.Encode(v)
		b.Truncate(b.Len() - 1) // the encoder's newline
		return err
	}
	b.WriteString(`{"` + metadataKey + `":`)
	if err := put(meta); err != nil {
		return nil, fmt.Errorf("encode metadata: %w", err)
	}
	at := int64(0)
	seen := map[string]bool{}
	for _, t := range tensors {
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		if seen[t.Name] {
			return nil, fmt.Errorf("tensor %q occurs twice", t.Name)
		}
		seen[t.Name] = true
		size, _ := byteSize(t.dtype(), t.Shape)
		b.WriteByte(',')
		if err := put(t.Name); err != nil {
			return nil, fmt.Errorf("encode name: %w", err)
		}
		b.WriteByte(':')
		if err := put(entry{DType: t.dtype(), Shape: append([]int64{}, t.Shape...), Offsets: [2]int64{at, at + size}}); err != nil {
			return nil, fmt.Errorf("encode tensor %q: %w", t.Name, err)
		}
		at += size
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	if b.Len()-8 > maxHeader {
		return nil, fmt.Errorf("header of %d bytes is longer than %d", b.Len()-8, maxHeader)
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(b.Len()-8))
	return b.Bytes(), nil
}

type entry struct {
	DType   DType    `json:"dtype"`
	Shape   []int64  `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

func writeBody(f io.Writer, header []byte, tensors []Tensor) error {
	w := bufio.NewWriterSize(f, chunk)
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, t := range tensors {
		for _, v := range t.F32 {
			if _, err := w.Write(binary.LittleEndian.AppendUint32(w.AvailableBuffer(), math.Float32bits(v))); err != nil {
				return err
			}
		}
		for _, v := range t.I64 {
			if _, err := w.Write(binary.LittleEndian.AppendUint64(w.AvailableBuffer(), uint64(v))); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}
