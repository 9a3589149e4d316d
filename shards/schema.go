package shards

import (
	"fmt"
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// tableSchema gives the Parquet schema of a struct type with every column, list
// and list element OPTIONAL: the Hub drops what it knows of a REQUIRED column.
func tableSchema(t reflect.Type) (schema *parquet.Schema, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("derive columns of %s: %v", t, r)
		}
	}()
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("derive columns of %s: not a struct", t)
	}
	root := parquet.SchemaOf(reflect.New(t).Interface())
	if err := checkGroup(root, t); err != nil {
		return nil, fmt.Errorf("derive columns of %s: %w", t, err)
	}
	return parquet.NewSchema("row", lenientRoot{Node: root, fields: lenientFields(root)}), nil
}

// lenientRoot is the top of a schema; it is no column and so never optional.
type lenientRoot struct {
	parquet.Node
	fields []parquet.Field
}

func (r lenientRoot) Fields() []parquet.Field { return r.fields }

// lenientField is a column made OPTIONAL, whatever its tag says.
type lenientField struct {
	parquet.Field
	fields []parquet.Field
}

func lenientFields(n parquet.Node) []parquet.Field {
	if n.Leaf() {
		return nil
	}
	out := make([]parquet.Field, 0, len(n.Fields()))
	for _, f := range n.Fields() {
		out = append(out, lenientField{Field: f, fields: lenientFields(f)})
	}
	return out
}

func (f lenientField) Optional() bool          { return !f.Repeated() }
func (f lenientField) Required() bool          { return false }
func (f lenientField) Fields() []parquet.Field { return f.fields }

// checkGroup refuses the Go types that the encoder has no rule for.
func checkGroup(n parquet.Node, t reflect.Type) error {
	for _, f := range n.Fields() {
		sample := f.Value(reflect.New(t).Elem())
		if err := checkType(f, sample.Type()); err != nil {
			return fmt.Errorf("column %s: %w", f.Name(), err)
		}
	}
	return nil
}

func checkType(n parquet.Node, t reflect.Type) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case n.Leaf() && !n.Repeated() && leafKind(t):
		return nil
	case isList(n) && t.Kind() == reflect.Slice:
		return checkType(element(n), t.Elem())
	case !n.Leaf() && !n.Repeated() && t.Kind() == reflect.Struct:
		return checkGroup(n, t)
	}
	return fmt.Errorf("type %s is not supported (a slice needs the tag option list)", t)
}

func leafKind(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// isList tells a LIST column: a group of one repeated group of one element.
func isList(n parquet.Node) bool {
	if n.Leaf() || n.Repeated() || len(n.Fields()) != 1 {
		return false
	}
	inner := n.Fields()[0]
	return inner.Repeated() && !inner.Leaf() && len(inner.Fields()) == 1 &&
		inner.Name() == "list" && inner.Fields()[0].Name() == "element"
}

func element(list parquet.Node) parquet.Node { return list.Fields()[0].Fields()[0] }
