package shards

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// plain has a column of every kind that is not nested.
type plain struct {
	ID     string   `parquet:"id"`
	Kind   string   `parquet:"kind,dict"`
	Raw    []byte   `parquet:"raw"`
	Flag   bool     `parquet:"flag"`
	Tiny   int8     `parquet:"tiny"`
	Whole  int      `parquet:"whole"`
	Byte   uint8    `parquet:"byte"`
	Word   uint32   `parquet:"word"`
	Long   uint64   `parquet:"long"`
	Single float32  `parquet:"single"`
	Double float64  `parquet:"double"`
	Number *int64   `parquet:"number"`
	Small  *int32   `parquet:"small"`
	Name   *string  `parquet:"name"`
	Share  *float64 `parquet:"share"`
}

func plainRow() *rapid.Generator[plain] {
	text := rapid.SampledFrom([]string{"", "a", "émoji 🐈", "line\nbreak", strings.Repeat("long ", 300)})
	return rapid.Custom(func(t *rapid.T) plain {
		r := plain{
			ID: text.Draw(t, "id"), Kind: text.Draw(t, "kind"), Flag: rapid.Bool().Draw(t, "flag"), Tiny: rapid.Int8().Draw(t, "tiny"),
			Whole: rapid.Int().Draw(t, "whole"), Byte: rapid.Uint8().Draw(t, "byte"), Word: rapid.Uint32().Draw(t, "word"),
			Long: rapid.Uint64().Draw(t, "long"), Single: rapid.Float32().Draw(t, "single"), Double: rapid.Float64().Draw(t, "double"),
			Number: rapid.Ptr(rapid.Int64(), true).Draw(t, "number"), Small: rapid.Ptr(rapid.Int32(), true).Draw(t, "small"),
			Name: rapid.Ptr(rapid.StringN(1, 5, -1), true).Draw(t, "name"), Share: rapid.Ptr(rapid.Float64(), true).Draw(t, "share"),
		}
		if rapid.Bool().Draw(t, "raw") {
			r.Raw = rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "bytes")
		}
		return r
	})
}

// A table without nested columns is written and read column by column: the bytes
// are those of the way row by row, and the rows come back.
func TestFlatTable(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(plainRow(), 0, 200).Draw(t, "rows")
		for range rapid.IntRange(0, 3).Draw(t, "doublings") {
			rows = append(rows, rows...)
		}
		byColumn, byRow := filepath.Join(dir, "columns"), filepath.Join(dir, "rows")
		if _, err := WriteTable(byColumn, rows, nil); err != nil {
			t.Fatal(err)
		}
		w, err := Create[plain](&Codec{}, byRow, nil)
		if err != nil {
			t.Fatal(err)
		}
		schema, err := tableSchema(reflect.TypeFor[plain]())
		if err != nil {
			t.Fatal(err)
		}
		if _, flat := w.encode.(*flatEncoder); !flat {
			t.Fatal("the table counts as nested")
		}
		w.encode, w.gather = newEncoder(schema), writeRows
		if err := w.Write(rows...); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		a, errA := os.ReadFile(byColumn)
		b, errB := os.ReadFile(byRow)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Fatalf("other bytes: %d and %d, %v, %v", len(a), len(b), errA, errB)
		}
		if d := cmp.Diff(rows, append([]plain{}, collect[plain](t, byColumn)...)); d != "" {
			t.Fatal(d)
		}
	})
}

// A row group of many pages, whose ends fall into the middle of a batch.
func TestFlatTableOfManyPages(t *testing.T) {
	type page struct {
		ID   string `parquet:"id"`
		Text string `parquet:"text"`
		N    *int64 `parquet:"n"`
	}
	rows := make([]page, 2*readRows+77)
	for i := range rows {
		n := int64(i)
		rows[i] = page{strings.Repeat("i", i%7), strings.Repeat(string(rune('a'+i%26)), pageBytes/100+i*9), &n}
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	if _, err := WriteTable(path, rows, nil); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(rows, collect[page](t, path)); d != "" {
		t.Error(d[:min(len(d), 500)])
	}
}

// What a row points to belongs to its owner again as soon as it is written.
func TestFlatTableKeepsNothingOfItsRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.parquet")
	w, err := Create[plain](&Codec{}, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	number, small, name, share, raw := int64(1), int32(2), "three", 4.5, []byte("five")
	if err := w.Write(plain{ID: "a", Number: &number, Small: &small, Name: &name, Share: &share, Raw: raw}); err != nil {
		t.Fatal(err)
	}
	number, small, name, share, raw[0] = 0, 0, "", 0, 'x'
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for row, err := range ReadTable[plain](path) {
		if err != nil || *row.Number != 1 || *row.Small != 2 || *row.Name != "three" || *row.Share != 4.5 || string(row.Raw) != "five" {
			t.Errorf("%+v, %v", row, err)
		}
	}
}
