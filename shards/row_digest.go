package shards

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// RowDigest names a row by its content: SHA-256 of its canonical JSON (RFC 8785)
// without the null columns. Whatever reader gave the row, the digest is the same.
func RowDigest(row *Row) [sha256.Size]byte {
	var buffer [2048]byte
	return sha256.Sum256(appendRow(buffer[:0], row))
}

// RowRoot names rows in an order: SHA-256 over their digests. The zero value
// holds no row.
type RowRoot struct{ sum hash.Hash }

// Add takes in the digest of the next row; see RowDigest.
func (r *RowRoot) Add(digest [sha256.Size]byte) {
	if r.sum == nil {
		r.sum = sha256.New()
	}
	r.sum.Write(digest[:])
}

// Hex gives the root of the rows so far.
func (r *RowRoot) Hex() string {
	if r.sum == nil {
		r.sum = sha256.New()
	}
	return hex.EncodeToString(r.sum.Sum(nil))
}

// rowColumns are the columns of a row in the order of their names.
var rowColumns = func() []rowColumn {
	var out []rowColumn
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Row]()) {
		name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		out = append(out, rowColumn{name, `"` + name + `":`, f.Offset, f.Type})
	}
	slices.SortFunc(out, func(a, b rowColumn) int { return strings.Compare(a.name, b.name) })
	return out
}()

type rowColumn struct {
	name, key string
	offset    uintptr // in a Row
	of        reflect.Type
}

var (
	textType  = reflect.TypeFor[string]()
	int32Type = reflect.TypeFor[*int32]()
)

// appendRow reaches the fields of a row by their offsets: by reflection it would
// take longer than the hash.
func appendRow(b []byte, row *Row) []byte {
	b = append(b, '{')
	for i := range rowColumns {
		c := &rowColumns[i]
		at := unsafe.Add(unsafe.Pointer(row), c.offset)
		switch c.of {
		case textType:
			if s := *(*string)(at); s != "" {
				b = append(AppendText(append(b, c.key...), s), ',')
			}
		case int32Type:
			if n := *(**int32)(at); n != nil {
				b = append(strconv.AppendInt(append(b, c.key...), int64(*n), 10), ',')
			}
		default:
			if n := *(**int64)(at); n != nil {
				b = append(strconv.AppendInt(append(b, c.key...), *n, 10), ',')
			}
		}
	}
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, '}')
}

const hexDigits = "0123456789abcdef"

// AppendText writes a JSON string behind b, with the escapes that RFC 8785 asks
// for and no others. s must be UTF-8.
func AppendText(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := unescaped(s); i < len(s); i += 1 + unescaped(s[i+1:]) {
		b = append(b, s[from:i]...)
		from = i + 1
		c := s[i]
		if at := strings.IndexByte("\"\"\\\\\bb\ff\nn\rr\tt", c); at >= 0 && at%2 == 0 {
			b = append(b, '\\', "\"\"\\\\\bb\ff\nn\rr\tt"[at+1])
			continue
		}
		b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(append(b, s[from:]...), '"')
}

// unescaped gives the length of the text before the first byte that needs an escape.
// It looks at eight bytes at a time.
func unescaped(s string) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, backslash := x^'"'*ones, x^'\\'*ones
		// A byte's top bit is left where it was below ' ', or zero; a borrow may
		// set more of them, but only above one that is right.
		if (x-' '*ones)&^x&tops|(quote-ones)&^quote&tops|(backslash-ones)&^backslash&tops != 0 {
			break
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return len(s)
}
