package shards

import (
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// flatColumn is a column of a table without nested columns.
type flatColumn struct {
	field int // of the Go struct
	kind  parquet.Kind
}

// flatColumns gives the columns of a schema in their order, nil where one of them
// is nested.
func flatColumns(schema *parquet.Schema) []flatColumn {
	var out []flatColumn
	for _, f := range schema.Fields() {
		field, ok := f.(lenientField)
		if !ok || !f.Leaf() || len(field.index) != 1 {
			return nil
		}
		out = append(out, flatColumn{field.index[0], f.Type().Kind()})
	}
	return out
}

// flatEncoder is a rowEncoder for tables without nested columns. It gathers values
// by column, which is how the library takes them, and allocates nothing for a row.
type flatEncoder struct {
	columns []flatColumn
	cells   [][]parquet.Value // per column, of the rows under way
	text    []byte            // what the cells refer to
	rows    int64             // under way
	bytes   int64             // payload of all rows so far
}

func newFlatEncoder(columns []flatColumn) *flatEncoder {
	return &flatEncoder{columns: columns, cells: make([][]parquet.Value, len(columns))}
}

// add takes in one struct, and keeps nothing of it.
func (e *flatEncoder) add(v reflect.Value) {
	for col, c := range e.columns {
		f := v.Field(c.field)
		if f.Kind() == reflect.Pointer {
			f = f.Elem()
		}
		if !f.IsValid() || isNull(f) {
			e.cells[col] = append(e.cells[col], parquet.NullValue().Level(0, 0, col))
			continue
		}
		x := e.value(c.kind, f)
		e.bytes += payload(x)
		e.cells[col] = append(e.cells[col], x.Level(0, 1, col))
	}
	e.rows++
}

func (e *flatEncoder) value(kind parquet.Kind, f reflect.Value) parquet.Value {
	if kind != parquet.ByteArray {
		return leafValue(kind, f)
	}
	from := len(e.text)
	if f.Kind() == reflect.String {
		e.text = append(e.text, f.String()...)
	} else {
		e.text = append(e.text, f.Bytes()...)
	}
	return parquet.ByteArrayValue(e.text[from:])
}

func (e *flatEncoder) writeTo(table *parquet.GenericWriter[any]) (int64, error) {
	if e.rows == 0 {
		return 0, nil
	}
	for i, c := range table.ColumnWriters() {
		if _, err := c.WriteRowValues(e.cells[i]); err != nil {
			return 0, err
		}
		e.cells[i] = e.cells[i][:0]
	}
	n := e.rows
	e.rows, e.text = 0, e.text[:0]
	return n, nil
}

func (e *flatEncoder) payload() int64 { return e.bytes }
