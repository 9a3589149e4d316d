package clip

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// fields reads one JSON object key by key and keeps the first error. A key
// that is absent or null has its default.
type fields struct {
	where string // "vision_cfg", for errors
	raw   map[string]json.RawMessage
	seen  map[string]bool
	err   error
}

func newFields(where string, data []byte) *fields {
	f := &fields{where: where, seen: map[string]bool{}}
	if err := json.Unmarshal(data, &f.raw); err != nil {
		f.err = fmt.Errorf("%s is not a JSON object", where)
	}
	return f
}

// get gives the value of key, nil when it is absent or null.
func (f *fields) get(key string) json.RawMessage {
	f.seen[key] = true
	raw, ok := f.raw[key]
	if !ok || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return nil
	}
	return raw
}

func (f *fields) fail(key string, raw json.RawMessage, want string) {
	if f.err == nil {
		f.err = fmt.Errorf("%s.%s is %s: %s", f.where, key, short(raw), want)
	}
}

func short(raw []byte) string {
	const most = 80
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		b.Reset()
		b.Write(raw)
	}
	if b.Len() > most {
		return string(b.Bytes()[:most]) + "..."
	}
	return b.String()
}

// value decodes key into a T, or gives def.
func value[T any](f *fields, key string, def T, want string) T {
	raw := f.get(key)
	if raw == nil {
		return def
	}
	var v T
	if json.Unmarshal(raw, &v) != nil {
		f.fail(key, raw, want)
		return def
	}
	return v
}

func (f *fields) int(key string, def int) int {
	return value(f, key, def, "a whole number is needed")
}

func (f *fields) float(key string, def float64) float64 {
	return value(f, key, def, "a number is needed")
}

func (f *fields) bool(key string, def bool) bool {
	return value(f, key, def, "true or false is needed")
}

func (f *fields) string(key, def string) string {
	return value(f, key, def, "a string is needed")
}

// required is int for a key that has no default.
func (f *fields) required(key string) int {
	if f.get(key) == nil && f.err == nil {
		f.err = fmt.Errorf("%s.%s is missing", f.where, key)
	}
	return f.int(key, 0)
}

// side reads a size that the reference also takes as a pair; only squares pass.
func (f *fields) side(key string, def int) int {
	raw := f.get(key)
	var pair [2]int
	var list []int
	if raw != nil && json.Unmarshal(raw, &list) == nil {
		if len(list) != 2 || list[0] != list[1] {
			f.fail(key, raw, "only squares are supported")
			return def
		}
		copy(pair[:], list)
		return pair[0]
	}
	return f.int(key, def)
}

// triple reads three numbers, or one for all three.
func (f *fields) triple(key string, def [3]float64) [3]float64 {
	raw := f.get(key)
	if raw == nil {
		return def
	}
	var one float64
	if json.Unmarshal(raw, &one) == nil {
		return [3]float64{one, one, one}
	}
	list := value(f, key, []float64(nil), "three numbers are needed")
	if len(list) != 3 {
		f.fail(key, raw, "three numbers are needed")
		return def
	}
	return [3]float64(list)
}

// neutral refuses every key of rules that has none of its allowed values: these
// options change the model in a way that is not built here.
func (f *fields) neutral(rules map[string][]any) {
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		raw := f.get(key)
		if raw == nil {
			continue
		}
		var v any
		ok := json.Unmarshal(raw, &v) == nil
		if ok && !slices.ContainsFunc(rules[key], func(a any) bool { return reflect.DeepEqual(a, v) }) {
			ok = false
		}
		if !ok {
			f.fail(key, raw, "this option is not supported")
		}
	}
}

// ignore marks keys that change nothing here.
func (f *fields) ignore(keys ...string) {
	for _, k := range keys {
		f.seen[k] = true
	}
}

// unknown refuses every key that was not asked for.
func (f *fields) unknown() {
	for _, key := range slices.Sorted(maps.Keys(f.raw)) {
		if !f.seen[key] {
			f.fail(key, f.raw[key], "this option is not known")
		}
	}
}
