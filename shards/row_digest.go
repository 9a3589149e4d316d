package shards

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"reflect"
	"slices"
	"strconv"
	"strings"
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
		out = append(out, rowColumn{name, `"` + name + `":`, f.Index[0], f.Type.Kind()})
	}
	slices.SortFunc(out, func(a, b rowColumn) int { return strings.Compare(a.name, b.name) })
	return out
}()

type rowColumn struct {
	name, key string
	field     int
	kind      reflect.Kind
}

func appendRow(b []byte, row *Row) []byte {
	v := reflect.ValueOf(row).Elem()
	b = append(b, '{')
	for _, c := range rowColumns {
		f := v.Field(c.field)
		if c.kind == reflect.String {
			if s := f.String(); s != "" {
				b = append(AppendText(append(b, c.key...), s), ',')
			}
		} else if !f.IsNil() {
			b = append(strconv.AppendInt(append(b, c.key...), f.Elem().Int(), 10), ',')
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
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		if at := strings.IndexByte("\"\"\\\\\bb\ff\nn\rr\tt", c); at >= 0 && at%2 == 0 {
			b = append(b, '\\', "\"\"\\\\\bb\ff\nn\rr\tt"[at+1])
			continue
		}
		b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(append(b, s[from:]...), '"')
}
