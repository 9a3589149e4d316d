package query

import (
	"bufio"
	"io"
	"strings"
)

// WriteCSV writes a header and the rows as RFC 4180 describes, with lines that
// end in "\n". NULL is an empty field and an empty text is "", so that both come
// back; lists and structs are JSON. It uses up the result.
func WriteCSV(w io.Writer, r *Result) error {
	out := bufio.NewWriter(w)
	for i, c := range r.Columns {
		writeField(out, i, c.Name)
	}
	out.WriteByte('\n')
	for row, err := range r.Rows() {
		if err != nil {
			return err
		}
		for i, v := range row {
			if v == nil {
				writeSeparator(out, i)
				continue
			}
			writeField(out, i, Text(v))
		}
		out.WriteByte('\n')
	}
	return out.Flush()
}

func writeSeparator(out *bufio.Writer, i int) {
	if i > 0 {
		out.WriteByte(',')
	}
}

func writeField(out *bufio.Writer, i int, s string) {
	writeSeparator(out, i)
	if s != "" && !strings.ContainsAny(s, ",\"\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		out.WriteString(s)
		return
	}
	out.WriteByte('"')
	out.WriteString(strings.ReplaceAll(s, `"`, `""`))
	out.WriteByte('"')
}

// Text gives a cell as text: NULL for nil, JSON for lists and structs.
func Text(v any) string {
	switch x := v.(type) {
	case nil:
		return "NULL"
	case string:
		return x
	case float32, float64:
		if s := string(appendJSON(nil, x)); s != "null" {
			return s
		}
		return formatSpecial(x)
	}
	return string(appendJSON(nil, v))
}

// formatSpecial names the floats that JSON lacks, as DuckDB does.
func formatSpecial(v any) string {
	x, ok := v.(float64)
	if f, is32 := v.(float32); is32 {
		x, ok = float64(f), true
	}
	switch {
	case !ok || x != x:
		return "nan"
	case x > 0:
		return "inf"
	}
	return "-inf"
}
