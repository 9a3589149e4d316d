package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// maxHeader is the longest header the format allows, in bytes.
const maxHeader = 100_000_000

const metadataKey = "__metadata__"

// Info says where a tensor lies and what it holds.
type Info struct {
	DType  DType
	Shape  []int64 // outermost first; empty for a scalar
	Offset int64   // first byte, from the start of the file
	Bytes  int64   // length, the product of Shape times the size of DType
}

// Len gives the number of elements.
func (i Info) Len() int64 { return i.Bytes / i.DType.Size() }

// parseHeader checks a header against the number of bytes that follow it; base
// is where they start in the file.
func parseHeader(header []byte, base, data int64) (map[string]Info, map[string]string, error) {
	if len(header) == 0 || header[0] != '{' {
		return nil, nil, errors.New("header does not start with {")
	}
	if !utf8.Valid(header) {
		return nil, nil, errors.New("header is not UTF-8")
	}
	infos := map[string]Info{}
	var meta map[string]string
	err := eachKey(header, func(key string, raw json.RawMessage) error {
		if key == metadataKey {
			var err error
			meta, err = parseMetadata(raw)
			return err
		}
		info, err := parseInfo(raw)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", key, err)
		}
		if info.Offset+info.Bytes > data {
			return fmt.Errorf("tensor %q ends at %d of %d bytes of data", key, info.Offset+info.Bytes, data)
		}
		infos[key] = info
		return nil
	})
	if err == nil {
		err = checkCover(infos, data)
	}
	if err != nil {
		return nil, nil, err
	}
	for name, info := range infos {
		info.Offset += base
		infos[name] = info
	}
	return infos, meta, nil
}

// eachKey walks one JSON object, refuses duplicate keys and anything but spaces
// behind the object.
func eachKey(data []byte, visit func(key string, raw json.RawMessage) error) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.New("header is not a JSON object")
	}
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return fmt.Errorf("parse header: %w", err)
		}
		key, _ := t.(string)
		if seen[key] {
			return fmt.Errorf("key %q occurs twice", key)
		}
		seen[key] = true
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return fmt.Errorf("parse header at %q: %w", key, err)
		}
		if err := visit(key, raw); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("parse header: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("header goes on behind its JSON object")
	}
	return nil
}

func parseMetadata(raw []byte) (map[string]string, error) {
	meta := map[string]string{}
	err := eachKey(raw, func(key string, raw json.RawMessage) error {
		var s *string
		if err := json.Unmarshal(raw, &s); err != nil || s == nil {
			return fmt.Errorf("value of %q is not a string", key)
		}
		meta[key] = *s
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", metadataKey, err)
	}
	return meta, nil
}

// parseInfo reads one entry; its Offset is still relative to the data.
func parseInfo(raw []byte) (Info, error) {
	var info Info
	var offsets []int64
	err := eachKey(raw, func(key string, raw json.RawMessage) error {
		var err error
		switch key {
		case "dtype":
			err = json.Unmarshal(raw, &info.DType)
		case "shape":
			err = integers(raw, &info.Shape)
		case "data_offsets":
			err = integers(raw, &offsets)
		}
		if err != nil {
			return fmt.Errorf("bad %s: %w", key, err)
		}
		return nil
	})
	switch {
	case err != nil:
		return Info{}, err
	case info.DType.Size() == unknown:
		return Info{}, fmt.Errorf("dtype %q is not supported", info.DType)
	case info.Shape == nil:
		return Info{}, errors.New("shape is missing")
	case len(offsets) != 2:
		return Info{}, fmt.Errorf("data_offsets has %d numbers, not 2", len(offsets))
	case offsets[0] < 0 || offsets[1] < offsets[0]:
		return Info{}, fmt.Errorf("data_offsets %v is not a range", offsets)
	}
	size, err := byteSize(info.DType, info.Shape)
	if err != nil {
		return Info{}, err
	}
	if size != offsets[1]-offsets[0] {
		return Info{}, fmt.Errorf("%s of shape %v needs %d bytes, data_offsets %v has %d", info.DType, info.Shape, size, offsets, offsets[1]-offsets[0])
	}
	info.Offset, info.Bytes = offsets[0], size
	return info, nil
}

// integers decodes a list of whole numbers; null is none.
func integers(raw []byte, to *[]int64) error {
	if bytes.Contains(raw, []byte("null")) {
		return errors.New("null is not a number")
	}
	return json.Unmarshal(raw, to)
}

// byteSize multiplies a shape out, without overflow.
func byteSize(d DType, shape []int64) (int64, error) {
	n := uint64(d.Size())
	for _, dim := range shape {
		if dim < 0 {
			return 0, fmt.Errorf("shape %v is negative", shape)
		}
		hi, lo := bits.Mul64(n, uint64(dim))
		if hi != 0 || lo > math.MaxInt64 {
			return 0, fmt.Errorf("shape %v overflows", shape)
		}
		n = lo
	}
	return int64(n), nil
}

// checkCover demands that the tensors cover the data without hole or overlap.
func checkCover(infos map[string]Info, data int64) error {
	names := make([]string, 0, len(infos))
	for name := range infos {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := infos[a], infos[b]
		return cmp.Or(cmp.Compare(x.Offset, y.Offset), cmp.Compare(x.Bytes, y.Bytes), cmp.Compare(a, b))
	})
	at := int64(0)
	for _, name := range names {
		info := infos[name]
		if info.Offset < at {
			return fmt.Errorf("tensor %q overlaps the one before it", name)
		}
		if info.Offset > at {
			return fmt.Errorf("%d bytes before tensor %q belong to none", info.Offset-at, name)
		}
		at += info.Bytes
	}
	if at != data {
		return fmt.Errorf("header covers %d of %d bytes of data", at, data)
	}
	return nil
}
