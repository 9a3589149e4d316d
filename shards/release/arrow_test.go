package release

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/pcclip/pcclip/shards"
)

// Arrow's own reader finds in every file of a release the rows that its root was
// made of, and reads all other tables to their last row.
func TestArrowReadsARelease(t *testing.T) {
	o := newWorld(t, 130, 30).options(t)
	must(t, Freeze(t.Context(), o))
	m, err := shards.ReadManifest(filepath.Join(o.Out, ManifestFile))
	must(t, err)
	read := 0
	for _, f := range m.Files {
		if !strings.HasSuffix(f.Path, ".parquet") {
			continue
		}
		read++
		path := filepath.Join(o.Out, filepath.FromSlash(f.Path))
		table := arrowTable(t, path)
		promised, err := shards.CountRows(path)
		must(t, err)
		if table.NumRows() != promised || table.NumRows() == 0 {
			t.Errorf("%s: %d rows, its footer has %d", f.Path, table.NumRows(), promised)
		}
		if f.Kind != shards.KindAccepted && f.Kind != shards.KindRejected {
			continue
		}
		var root shards.RowRoot
		for _, row := range rowsOfArrow(t, table) {
			root.Add(shards.RowDigest(&row))
		}
		if root.Hex() != f.RowRoot {
			t.Errorf("%s: rows of root %s, the manifest has %s", f.Path, root.Hex(), f.RowRoot)
		}
	}
	if read < 4 {
		t.Errorf("%d tables were read", read)
	}
}

func arrowTable(t *testing.T, path string) arrow.Table {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	table, err := pqarrow.ReadTable(t.Context(), f, parquet.NewReaderProperties(memory.DefaultAllocator), pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	must(t, err)
	return table
}

// rowsOfArrow turns a table into rows, column by column, by name.
func rowsOfArrow(t *testing.T, table arrow.Table) []shards.Row {
	t.Helper()
	rows := make([]shards.Row, table.NumRows())
	kind := reflect.TypeFor[shards.Row]()
	if int(table.NumCols()) != kind.NumField() {
		t.Fatalf("%d columns, not %d", table.NumCols(), kind.NumField())
	}
	for i := range kind.NumField() {
		name, _, _ := strings.Cut(kind.Field(i).Tag.Get("parquet"), ",")
		at := table.Schema().FieldIndices(name)
		if len(at) != 1 {
			t.Fatalf("column %s stands %d times", name, len(at))
		}
		k := 0
		for _, chunk := range table.Column(at[0]).Data().Chunks() {
			for j := range chunk.Len() {
				if !chunk.IsNull(j) {
					must(t, put(reflect.ValueOf(&rows[k]).Elem().Field(i), chunk, j))
				}
				k++
			}
		}
	}
	return rows
}

func put(to reflect.Value, from arrow.Array, i int) error {
	switch a := from.(type) {
	case *array.String:
		to.SetString(strings.Clone(a.Value(i)))
	case *array.Int32:
		x := a.Value(i)
		to.Set(reflect.ValueOf(&x))
	case *array.Int64:
		x := a.Value(i)
		to.Set(reflect.ValueOf(&x))
	default:
		return fmt.Errorf("a column of type %s", from.DataType())
	}
	return nil
}
