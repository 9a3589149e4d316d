package shards

import (
	"bytes"
	"reflect"
	"runtime"
	"unsafe"

	"github.com/parquet-go/parquet-go"
	"golang.org/x/sync/errgroup"
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

// flatRows is the number of rows that are gathered: enough for the columns to be
// encoded side by side. It decides no bytes.
const flatRows = 32 * writeRows

// flatEncoder is a rowEncoder for tables without nested columns. It writes them
// column by column, which is how the library takes them.
type flatEncoder struct {
	columns []flatColumn
	rows    reflect.Value // the gathered structs
	tally   tally
}

func newFlatEncoder(columns []flatColumn) *flatEncoder { return &flatEncoder{columns: columns} }

func (e *flatEncoder) add(batch reflect.Value) {
	if !e.rows.IsValid() {
		e.rows = reflect.MakeSlice(batch.Type(), 0, flatRows)
	}
	first := e.tally.grow(batch.Len())
	e.rows = reflect.AppendSlice(e.rows, batch)
	own := e.rows.Slice(first, first+batch.Len())
	for _, c := range e.columns {
		c.own(own)
		c.weigh(own, first, &e.tally)
	}
}

// own copies bytes and what pointers point to, which their owner may change.
func (c flatColumn) own(batch reflect.Value) {
	switch t := batch.Type().Elem().Field(c.field).Type; t.Kind() {
	case reflect.Slice:
		for i := range batch.Len() {
			f := batch.Index(i).Field(c.field)
			f.SetBytes(bytes.Clone(f.Bytes()))
		}
	case reflect.Pointer:
		own := reflect.MakeSlice(reflect.SliceOf(t.Elem()), batch.Len(), batch.Len())
		for i := range batch.Len() {
			if f := batch.Index(i).Field(c.field); !f.IsNil() {
				own.Index(i).Set(f.Elem())
				f.Set(own.Index(i).Addr())
			}
		}
	}
}

// weigh adds the payload of a column to that of its rows.
func (c flatColumn) weigh(batch reflect.Value, first int, to *tally) {
	if texts, ok := cellsOf[string](batch, c.field); ok {
		for i := range batch.Len() {
			if s := *texts.at(i); s != "" {
				to.add(first+i, textPayload(len(s)))
			}
		}
		return
	}
	for i := range batch.Len() {
		if x := c.value(batch.Index(i)); !x.IsNull() {
			to.add(first+i, payload(x))
		}
	}
}

// value gives the value of one struct.
func (c flatColumn) value(v reflect.Value) parquet.Value {
	f := v.Field(c.field)
	if f.Kind() == reflect.Pointer {
		f = f.Elem()
	}
	if !f.IsValid() || isNull(f) {
		return parquet.NullValue()
	}
	return leafValue(c.kind, f)
}

func (e *flatEncoder) gathered() *tally { return &e.tally }

// write writes the columns side by side.
func (e *flatEncoder) write(table *parquet.GenericWriter[any], n int) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for col, to := range table.ColumnWriters() {
		g.Go(func() error { return e.columns[col].write(to, col, e.rows.Slice(0, n)) })
	}
	err := g.Wait()
	rest := reflect.Copy(e.rows, e.rows.Slice(n, e.rows.Len()))
	e.rows.Slice(rest, e.rows.Len()).Clear()
	e.rows = e.rows.Slice(0, rest)
	e.tally.drop(n)
	return err
}

// write writes the column of structs. Values refer to their strings, which nobody
// can change.
func (c flatColumn) write(to *parquet.ColumnWriter, col int, batch reflect.Value) error {
	var values [writeRows]parquet.Value
	null := parquet.NullValue().Level(0, 0, col)
	texts, text := cellsOf[string](batch, c.field)
	for from := 0; from < batch.Len(); from += writeRows {
		n := min(writeRows, batch.Len()-from)
		for i := range n {
			x := null
			if !text {
				x = c.value(batch.Index(from + i))
			} else if s := *texts.at(from + i); s != "" {
				x = parquet.ByteArrayValue(unsafe.Slice(unsafe.StringData(s), len(s)))
			}
			if !x.IsNull() {
				x = x.Level(0, 1, col)
			}
			values[i] = x
		}
		if _, err := to.WriteRowValues(values[:n]); err != nil {
			return err
		}
	}
	return nil
}
