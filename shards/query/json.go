package query

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
)

// WriteJSON writes the rows as one JSON array of objects, a row a line, members
// in column order. Whole and decimal numbers keep all their digits; NaN and the
// infinities, which JSON lacks, become null. It uses up the result.
func WriteJSON(w io.Writer, r *Result) error {
	out := bufio.NewWriter(w)
	names := make([][]byte, len(r.Columns))
	for i, c := range r.Columns {
		names[i] = appendText(nil, c.Name)
	}
	out.WriteByte('[')
	line, n := []byte{}, 0
	for row, err := range r.Rows() {
		if err != nil {
			return err
		}
		line = line[:0]
		for i, v := range row {
			line = append(append(append(line, sep(i, '{')...), names[i]...), ':')
			line = appendJSON(line, v)
		}
		if n++; n > 1 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		out.Write(line)
		out.WriteByte('}')
	}
	if n > 0 {
		out.WriteByte('\n')
	}
	out.WriteString("]\n")
	return out.Flush()
}

func sep(i int, first byte) []byte {
	if i == 0 {
		return []byte{first}
	}
	return []byte{','}
}

func appendJSON(b []byte, v any) []byte {
	switch x := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, x)
	case int64:
		return strconv.AppendInt(b, x, 10)
	case uint64:
		return strconv.AppendUint(b, x, 10)
	case float32:
		return appendFloat(b, float64(x), 32)
	case float64:
		return appendFloat(b, x, 64)
	case Number:
		return append(b, x...)
	case string:
		return appendText(b, x)
	case []any:
		b = append(b, '[')
		for i := range x {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, x[i])
		}
		return append(b, ']')
	case Object:
		b = append(b, '{')
		for i, m := range x {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(append(appendText(b, m.Name), ':'), m.Value)
		}
		return append(b, '}')
	}
	return appendText(b, fmt.Sprint(v))
}

func appendFloat(b []byte, x float64, bits int) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return append(b, "null"...)
	}
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(b, x, 'e', -1, bits)
	}
	return strconv.AppendFloat(b, x, 'f', -1, bits)
}

func appendText(b []byte, s string) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("query: strings always marshal: " + err.Error())
	}
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}
