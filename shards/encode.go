package shards

import (
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// rowEncoder gathers Go structs and writes them as Parquet rows.
type rowEncoder interface {
	add(batch reflect.Value) // takes in a slice of structs, and keeps nothing of it
	gathered() *tally
	// write hands the first n rows to the library, writeRows at a time.
	write(table *parquet.GenericWriter[any], n int) error
}

// newRowEncoder gives an encoder and how many rows it should gather.
func newRowEncoder(schema *parquet.Schema) (e rowEncoder, rows int) {
	if columns := flatColumns(schema); columns != nil {
		return newFlatEncoder(columns), flatRows
	}
	return newEncoder(schema), writeRows
}

// tally is the payload of gathered rows: bytes as in plain pages.
type tally struct {
	rows   int
	pieces []int64 // of writeRows rows each
}

// grow takes in n rows, and gives the number of the first.
func (t *tally) grow(n int) (first int) {
	first = t.rows
	t.rows += n
	for len(t.pieces)*writeRows < t.rows {
		t.pieces = append(t.pieces, 0)
	}
	return first
}

func (t *tally) add(row int, payload int64) { t.pieces[row/writeRows] += payload }

// upTo gives the rows that fill a row group with room for so much: all, where
// they do not.
func (t *tally) upTo(rows, bytes int64) (n int, payload int64, full bool) {
	for _, piece := range t.pieces {
		n, payload = min(n+writeRows, t.rows), payload+piece
		if int64(n) >= rows || payload >= bytes {
			return n, payload, true
		}
	}
	return n, payload, false
}

// drop forgets the first n rows, whole pieces or all.
func (t *tally) drop(n int) {
	t.rows -= n
	t.pieces = t.pieces[:copy(t.pieces, t.pieces[(n+writeRows-1)/writeRows:])]
}

// encoder turns Go structs into Parquet rows by one rule: an empty string, a
// nil pointer and a nil slice are null; every other value is itself, zero
// included. (The library's own rule would turn each 0.0 of a vector into null.)
type encoder struct {
	schema *parquet.Schema
	cells  [][]parquet.Value // per leaf column, of the row under way
	rows   []parquet.Row     // not yet written
	bytes  int64             // payload of the row under way
	tally  tally
}

func newEncoder(schema *parquet.Schema) *encoder {
	return &encoder{schema: schema, cells: make([][]parquet.Value, len(schema.Columns()))}
}

func (e *encoder) add(batch reflect.Value) {
	first := e.tally.grow(batch.Len())
	for i := range batch.Len() {
		e.bytes = 0
		e.rows = append(e.rows, e.row(batch.Index(i)))
		e.tally.add(first+i, e.bytes)
	}
}

func (e *encoder) gathered() *tally { return &e.tally }

func (e *encoder) write(table *parquet.GenericWriter[any], n int) error {
	for piece := range slices.Chunk(e.rows[:n], writeRows) {
		if _, err := table.WriteRows(piece); err != nil {
			return err
		}
	}
	e.rows = slices.Delete(e.rows, 0, n)
	e.tally.drop(n)
	return nil
}

// levels is where in nested lists a value stands, in the sense of Parquet.
type levels struct{ rep, depth, def int }

// row encodes one struct. The row is the caller's.
func (e *encoder) row(v reflect.Value) parquet.Row {
	for i := range e.cells {
		e.cells[i] = e.cells[i][:0]
	}
	col, n := 0, 0
	for _, f := range e.schema.Fields() {
		col = e.put(f, f.Value(v), col, levels{})
	}
	for _, c := range e.cells {
		n += len(c)
	}
	row := make(parquet.Row, 0, n)
	for _, c := range e.cells {
		row = append(row, c...)
	}
	return row
}

// put encodes the value of node n, whose first leaf is column col, and gives
// the column after its last leaf. The zero reflect.Value is a missing value.
func (e *encoder) put(n parquet.Node, v reflect.Value, col int, l levels) int {
	if v.IsValid() && v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.IsValid() && isNull(v) {
		v = reflect.Value{}
	}
	if v.IsValid() {
		l.def++
	}
	switch {
	case n.Leaf():
		return e.leaf(n, v, col, l)
	case isList(n):
		return e.list(n, v, col, l)
	}
	for _, f := range n.Fields() {
		child := reflect.Value{}
		if v.IsValid() {
			child = f.Value(v)
		}
		col = e.put(f, child, col, l)
	}
	return col
}

func (e *encoder) list(n parquet.Node, v reflect.Value, col int, l levels) int {
	if !v.IsValid() || v.Len() == 0 {
		return e.put(element(n), reflect.Value{}, col, l)
	}
	next := col
	item := levels{rep: l.rep, depth: l.depth + 1, def: l.def + 1}
	for i := range v.Len() {
		next = e.put(element(n), v.Index(i), col, item)
		item.rep = item.depth
	}
	return next
}

func (e *encoder) leaf(n parquet.Node, v reflect.Value, col int, l levels) int {
	x := parquet.NullValue()
	if v.IsValid() {
		x = leafValue(n.Type().Kind(), v)
		e.bytes += payload(x)
	}
	e.cells[col] = append(e.cells[col], x.Level(l.rep, l.def, col))
	return col + 1
}

// payload is the size of a value in a plain page.
func payload(x parquet.Value) int64 {
	switch x.Kind() {
	case parquet.ByteArray:
		return textPayload(len(x.ByteArray()))
	case parquet.Int64, parquet.Double:
		return 8
	}
	return 4
}

func textPayload(length int) int64 { return int64(length) + 4 }

func isNull(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return v.Len() == 0
	case reflect.Slice:
		return v.IsNil()
	}
	return false
}

func leafValue(kind parquet.Kind, v reflect.Value) parquet.Value {
	switch {
	case kind == parquet.Boolean:
		return parquet.BooleanValue(v.Bool())
	case kind == parquet.Float:
		return parquet.FloatValue(float32(v.Float()))
	case kind == parquet.Double:
		return parquet.DoubleValue(v.Float())
	case kind == parquet.ByteArray && v.Kind() == reflect.String:
		return parquet.ByteArrayValue([]byte(v.String()))
	case kind == parquet.ByteArray:
		return parquet.ByteArrayValue(v.Bytes())
	}
	whole := int64(0)
	if v.CanUint() {
		whole = int64(v.Uint())
	} else {
		whole = v.Int()
	}
	if kind == parquet.Int32 {
		return parquet.Int32Value(int32(whole))
	}
	return parquet.Int64Value(whole)
}
