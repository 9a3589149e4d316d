package shards

import (
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// groupReader reads the rows of one row group. Close it.
type groupReader interface {
	// next fills structs, which are zero, and gives how many; after the last one
	// or with it comes io.EOF.
	next(batch reflect.Value) (int, error)
	Close() error
}

// flatGroup is a groupReader for tables without nested columns: it reads column
// by column, and columns that nobody wants not at all.
type flatGroup struct {
	columns []flatSource
	left    int64 // rows
	values  []parquet.Value
	text    []byte
}

// flatSource is a wanted column; from is nil where the file has none.
type flatSource struct {
	flatColumn
	from parquet.ColumnChunkValueReader
}

func newFlatGroup(columns []flatColumn, places columnMap, group parquet.RowGroup) *flatGroup {
	g := &flatGroup{left: group.NumRows(), values: make([]parquet.Value, readRows)}
	chunks := group.ColumnChunks()
	for i, c := range columns {
		source := flatSource{flatColumn: c}
		if at := places.leaves[i]; at >= 0 {
			source.from = parquet.NewColumnChunkValueReader(chunks[at])
		}
		g.columns = append(g.columns, source)
	}
	return g
}

func (g *flatGroup) next(batch reflect.Value) (int, error) {
	n := int(min(int64(batch.Len()), g.left))
	for _, c := range g.columns {
		if c.from == nil {
			continue
		}
		if err := g.fill(c, batch.Slice(0, n)); err != nil {
			return 0, err
		}
	}
	if g.left -= int64(n); g.left > 0 {
		return n, nil
	}
	for _, c := range g.columns {
		if c.from == nil {
			continue
		}
		if _, err := c.from.ReadValues(g.values[:1]); !errors.Is(err, io.EOF) {
			return n, fmt.Errorf("more values than rows, or none to be had: %v", err)
		}
	}
	return n, io.EOF
}

// fill reads one column of all structs of a batch.
func (g *flatGroup) fill(c flatSource, batch reflect.Value) error {
	for at := 0; at < batch.Len(); {
		// Values are good until the next call, which may give their page free.
		n, err := c.from.ReadValues(g.values[:min(batch.Len()-at, len(g.values))])
		if n == 0 {
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		g.assign(c, batch.Slice(at, at+n), g.values[:n])
		at += n
	}
	return nil
}

// assign puts values into a field of structs; null leaves it zero.
func (g *flatGroup) assign(c flatSource, batch reflect.Value, values []parquet.Value) {
	t := batch.Type().Elem().Field(c.field).Type
	if t.Kind() == reflect.String {
		g.assignText(c, batch, values)
		return
	}
	var pointed reflect.Value // what pointers point to, allocated at once
	if t.Kind() == reflect.Pointer {
		pointed = reflect.MakeSlice(reflect.SliceOf(t.Elem()), len(values), len(values))
	}
	for i, x := range values {
		if x.IsNull() {
			continue
		}
		f := batch.Index(i).Field(c.field)
		if pointed.IsValid() {
			f.Set(pointed.Index(i).Addr())
			f = f.Elem()
		}
		setLeaf(f, x)
	}
}

// assignText copies the texts of all values at once.
func (g *flatGroup) assignText(c flatSource, batch reflect.Value, values []parquet.Value) {
	g.text = g.text[:0]
	for _, x := range values {
		if !x.IsNull() {
			g.text = append(g.text, x.ByteArray()...)
		}
	}
	all, at := string(g.text), 0
	for i, x := range values {
		if !x.IsNull() {
			n := len(x.ByteArray())
			batch.Index(i).Field(c.field).SetString(all[at : at+n])
			at += n
		}
	}
}

// setLeaf undoes leafValue.
func setLeaf(f reflect.Value, x parquet.Value) {
	switch f.Kind() {
	case reflect.String:
		f.SetString(string(x.ByteArray()))
	case reflect.Slice:
		f.SetBytes(append([]byte{}, x.ByteArray()...))
	case reflect.Bool:
		f.SetBool(x.Boolean())
	case reflect.Float32:
		f.SetFloat(float64(x.Float()))
	case reflect.Float64:
		f.SetFloat(x.Double())
	default:
		whole := int64(0)
		if x.Kind() == parquet.Int32 {
			whole = int64(x.Int32())
		} else {
			whole = x.Int64()
		}
		if !f.CanUint() {
			f.SetInt(whole)
		} else if x.Kind() == parquet.Int32 {
			f.SetUint(uint64(uint32(whole)))
		} else {
			f.SetUint(uint64(whole))
		}
	}
}

func (g *flatGroup) Close() error {
	var all []error
	for _, c := range g.columns {
		if c.from != nil {
			all = append(all, c.from.Close())
		}
	}
	return errors.Join(all...)
}

// nestedGroup is a groupReader for any table.
type nestedGroup struct {
	schema *parquet.Schema // of the wanted struct
	places columnMap
	rows   parquet.Rows
	buffer []parquet.Row
}

func (g *nestedGroup) next(batch reflect.Value) (int, error) {
	n, err := g.rows.ReadRows(g.buffer[:min(len(g.buffer), batch.Len())])
	for i, fileRow := range g.buffer[:n] {
		row, err := g.places.apply(fileRow)
		if err != nil {
			return 0, err
		}
		if err := g.schema.Reconstruct(batch.Index(i).Addr().Interface(), row); err != nil {
			return 0, err
		}
	}
	if err == nil && n == 0 {
		err = io.ErrNoProgress
	}
	return n, err
}

func (g *nestedGroup) Close() error { return g.rows.Close() }
