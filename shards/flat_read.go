package shards

import (
	"errors"
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
	columns []*flatSource
	left    int64 // rows
}

func newFlatGroup(columns []flatColumn, places columnMap, group parquet.RowGroup) *flatGroup {
	g := &flatGroup{left: group.NumRows()}
	chunks := group.ColumnChunks()
	for i, c := range columns {
		if at := places.leaves[i]; at >= 0 { // a column that the file lacks stays zero
			g.columns = append(g.columns, &flatSource{flatColumn: c, pages: chunks[at].Pages()})
		}
	}
	return g
}

func (g *flatGroup) next(batch reflect.Value) (int, error) {
	n := int(min(int64(batch.Len()), g.left))
	for _, c := range g.columns {
		if err := c.fill(batch.Slice(0, n)); err != nil {
			return 0, err
		}
	}
	if g.left -= int64(n); g.left > 0 {
		return n, nil
	}
	for _, c := range g.columns {
		if err := c.end(); err != nil {
			return n, err
		}
	}
	return n, io.EOF
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
		all = append(all, c.close())
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
