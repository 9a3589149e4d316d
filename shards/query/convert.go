//go:build cgo

package query

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// neutral turns a value of the driver into a cell; see value.go. info may be nil.
func neutral(v any, info duckdb.TypeInfo) any {
	switch x := v.(type) {
	case nil, bool, int64, uint64, float32, float64, string:
		return x
	case int8:
		return int64(x)
	case int16:
		return int64(x)
	case int32:
		return int64(x)
	case uint8:
		return uint64(x)
	case uint16:
		return uint64(x)
	case uint32:
		return uint64(x)
	case *big.Int:
		return Number(x.String())
	case duckdb.Decimal:
		return decimal(x)
	case time.Time:
		return moment(x, info)
	case duckdb.Interval:
		return interval(x)
	case duckdb.Bit:
		return x.String()
	case []byte:
		return binary(x, info)
	case duckdb.Union:
		return union(x, info)
	}
	return nested(v, info)
}

func nested(v any, info duckdb.TypeInfo) any {
	switch x := v.(type) {
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = neutral(x[i], child(info))
		}
		return out
	case duckdb.OrderedMap:
		out, keys, values := Object{}, x.Keys(), x.Values()
		key, value := mapTypes(info)
		for i := range keys {
			out = append(out, Member{Text(neutral(keys[i], key)), neutral(values[i], value)})
		}
		return out
	case map[string]any:
		return structure(x, info)
	case json.Number:
		return Number(x.String())
	}
	return fmt.Sprint(v)
}

func structure(m map[string]any, info duckdb.TypeInfo) Object {
	out := Object{}
	if d, ok := details(info).(*duckdb.StructDetails); ok {
		for _, e := range d.Entries {
			out = append(out, Member{e.Name(), neutral(m[e.Name()], e.Info())})
		}
		return out
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, Member{name, neutral(m[name], nil)})
	}
	return out
}

func union(u duckdb.Union, info duckdb.TypeInfo) any {
	if d, ok := details(info).(*duckdb.UnionDetails); ok {
		for _, m := range d.Members {
			if m.Name == u.Tag {
				return neutral(u.Value, m.Type)
			}
		}
	}
	return neutral(u.Value, nil)
}

func details(info duckdb.TypeInfo) duckdb.TypeDetails {
	if info == nil {
		return nil
	}
	return info.Details()
}

func child(info duckdb.TypeInfo) duckdb.TypeInfo {
	switch d := details(info).(type) {
	case *duckdb.ListDetails:
		return d.Child
	case *duckdb.ArrayDetails:
		return d.Child
	}
	return nil
}

func mapTypes(info duckdb.TypeInfo) (key, value duckdb.TypeInfo) {
	if d, ok := details(info).(*duckdb.MapDetails); ok {
		return d.Key, d.Value
	}
	return nil, nil
}

// decimal keeps all digits of the scale: 1.50 stays 1.50.
func decimal(d duckdb.Decimal) Number {
	digits, sign := d.Value.String(), ""
	if strings.HasPrefix(digits, "-") {
		digits, sign = digits[1:], "-"
	}
	scale := int(d.Scale)
	if scale == 0 {
		return Number(sign + digits)
	}
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	cut := len(digits) - scale
	return Number(sign + digits[:cut] + "." + digits[cut:])
}

func moment(t time.Time, info duckdb.TypeInfo) string {
	layout := "2006-01-02 15:04:05.999999999"
	if info != nil {
		switch info.InternalType() {
		case duckdb.TYPE_DATE:
			layout = "2006-01-02"
		case duckdb.TYPE_TIME:
			layout = "15:04:05.999999"
		case duckdb.TYPE_TIME_TZ:
			layout = "15:04:05.999999-07"
		case duckdb.TYPE_TIMESTAMP_TZ:
			layout += "-07"
		}
	}
	return t.Format(layout)
}

func interval(i duckdb.Interval) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		unit string
	}{{int64(i.Months) / 12, "year"}, {int64(i.Months) % 12, "month"}, {int64(i.Days), "day"}} {
		if p.n != 0 {
			unit := p.unit
			if p.n != 1 && p.n != -1 {
				unit += "s"
			}
			parts = append(parts, fmt.Sprintf("%d %s", p.n, unit))
		}
	}
	if i.Micros != 0 || len(parts) == 0 {
		parts = append(parts, clock(i.Micros))
	}
	return strings.Join(parts, " ")
}

func clock(micros int64) string {
	sign := ""
	if micros < 0 {
		sign, micros = "-", -micros
	}
	s := fmt.Sprintf("%s%02d:%02d:%02d", sign, micros/3_600_000_000, micros/60_000_000%60, micros/1_000_000%60)
	if rest := micros % 1_000_000; rest != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%06d", rest), "0")
	}
	return s
}

// binary gives a UUID in its usual form, other bytes as DuckDB prints a blob:
// printable ASCII as it is, the rest as \xAB.
func binary(b []byte, info duckdb.TypeInfo) string {
	if info != nil && info.InternalType() == duckdb.TYPE_UUID && len(b) == 16 {
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	}
	var s strings.Builder
	for _, c := range b {
		if c < ' ' || c > '~' || c == '\\' || c == '\'' || c == '"' {
			fmt.Fprintf(&s, `\x%02X`, c)
		} else {
			s.WriteByte(c)
		}
	}
	return s.String()
}
