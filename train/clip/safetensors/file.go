package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"

	"github.com/pcclip/pcclip/shards/fault"
)

// chunk is how many bytes are read and converted at a time.
const chunk = 1 << 20

// File is an open safetensors file; the caller closes it. It is safe for
// concurrent use.
type File struct {
	path  string
	file  *os.File
	names []string
	infos map[string]Info
	meta  map[string]string
}

// Open reads and checks the header of a file. A file that breaks the format is a
// [fault.Error] of bad input which says what is wrong with it.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open weights: %w", err)
	}
	infos, meta, err := readHeader(f)
	if err != nil {
		f.Close()
		return nil, fault.Input("read weights", path, "give a whole safetensors file", "%w", err)
	}
	return &File{path: path, file: f, names: slices.Sorted(maps.Keys(infos)), infos: infos, meta: meta}, nil
}

func readHeader(f *os.File) (map[string]Info, map[string]string, error) {
	stat, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	var length [8]byte
	if _, err := f.ReadAt(length[:], 0); err != nil {
		return nil, nil, fmt.Errorf("file of %d bytes has no header", stat.Size())
	}
	n, rest := binary.LittleEndian.Uint64(length[:]), uint64(max(stat.Size()-8, 0))
	switch {
	case n > maxHeader:
		return nil, nil, fmt.Errorf("header of %d bytes is longer than %d", n, maxHeader)
	case n > rest:
		return nil, nil, fmt.Errorf("header of %d bytes does not fit the file of %d", n, stat.Size())
	}
	header := make([]byte, n)
	if _, err := f.ReadAt(header, 8); err != nil {
		return nil, nil, fmt.Errorf("read header: %w", err)
	}
	return parseHeader(header, 8+int64(n), int64(rest-n))
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Names lists the tensors, sorted.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Metadata gives the header's strings; it is empty, never nil.
func (f *File) Metadata() map[string]string {
	m := maps.Clone(f.meta)
	if m == nil {
		m = map[string]string{}
	}
	return m
}

// Info describes a tensor; ok is false when the file has none of that name. The
// shape is the file's: do not write to it.
func (f *File) Info(name string) (info Info, ok bool) {
	info, ok = f.infos[name]
	return info, ok
}

func (f *File) find(name string) (Info, error) {
	info, ok := f.infos[name]
	if !ok {
		return Info{}, fault.Input("read weights", f.path, "", "no tensor %q among %d", name, len(f.names))
	}
	return info, nil
}

func (f *File) wrong(name string, d DType, want string) error {
	return fault.Input("read weights", f.path, "", "tensor %q is %s, %s is needed", name, d, want)
}

// ReadFloat32 reads a tensor of F32, F16, BF16 or F64, row-major; F64 is rounded
// to nearest, the others are exact. Other types are errors.
func (f *File) ReadFloat32(name string) ([]float32, error) {
	info, err := f.find(name)
	if err != nil {
		return nil, err
	}
	var at func(b []byte) float32
	switch info.DType {
	case F32:
		at = func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
	case F16:
		at = func(b []byte) float32 { return fromF16(binary.LittleEndian.Uint16(b)) }
	case BF16:
		at = func(b []byte) float32 { return fromBF16(binary.LittleEndian.Uint16(b)) }
	case F64:
		at = func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) }
	default:
		return nil, f.wrong(name, info.DType, "F32, F16, BF16 or F64")
	}
	return readAll(f, name, info, at)
}

// ReadInt64 reads a tensor of I64, I32, I16, I8 or U8, row-major.
func (f *File) ReadInt64(name string) ([]int64, error) {
	info, err := f.find(name)
	if err != nil {
		return nil, err
	}
	var at func(b []byte) int64
	switch info.DType {
	case I64:
		at = func(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) }
	case I32:
		at = func(b []byte) int64 { return int64(int32(binary.LittleEndian.Uint32(b))) }
	case I16:
		at = func(b []byte) int64 { return int64(int16(binary.LittleEndian.Uint16(b))) }
	case I8:
		at = func(b []byte) int64 { return int64(int8(b[0])) }
	case U8:
		at = func(b []byte) int64 { return int64(b[0]) }
	default:
		return nil, f.wrong(name, info.DType, "I64, I32, I16, I8 or U8")
	}
	return readAll(f, name, info, at)
}

// readAll converts a tensor chunk by chunk.
func readAll[T any](f *File, name string, info Info, at func([]byte) T) ([]T, error) {
	size := int(info.DType.Size())
	out := make([]T, 0, info.Len())
	buf := make([]byte, min(chunk, info.Bytes))
	for pos := int64(0); pos < info.Bytes; pos += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), info.Bytes-pos)]
		if _, err := f.file.ReadAt(buf, info.Offset+pos); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("read tensor %q of %s: %w", name, f.path, err)
		}
		for i := 0; i < len(buf); i += size {
			out = append(out, at(buf[i:]))
		}
	}
	return out, nil
}
