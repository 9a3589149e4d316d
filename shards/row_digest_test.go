package shards

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"
)

// The text behind a digest is what an independent writer of canonical JSON makes
// of the row.
func TestRowDigestIsOfCanonicalJSON(t *testing.T) {
	if len(rowColumns) != reflect.TypeFor[Row]().NumField() {
		t.Fatal("a column is missing")
	}
	rapid.Check(t, func(t *rapid.T) {
		row, plain := Row{}, map[string]any{}
		for _, c := range rowColumns {
			f := reflect.ValueOf(&row).Elem().FieldByNameFunc(func(name string) bool {
				of, _ := reflect.TypeFor[Row]().FieldByName(name)
				return of.Offset == c.offset
			})
			if f.Kind() == reflect.String {
				if s := rapid.String().Draw(t, c.name); s != "" {
					f.SetString(s)
					plain[c.name] = s
				}
				continue
			}
			if n := rapid.Int32().Draw(t, c.name); n%3 != 0 {
				f.Set(reflect.New(f.Type().Elem()))
				f.Elem().SetInt(int64(n))
				plain[c.name] = n
			}
		}
		doc, err := json.Marshal(plain)
		if err != nil {
			t.Fatal(err)
		}
		want, err := jcs.Transform(doc)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendRow(nil, &row); string(got) != string(want) {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}
