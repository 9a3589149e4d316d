package shards

import (
	"fmt"
	"reflect"
	"strings"

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
	fields, err := groupFields(root, t)
	if err != nil {
		return nil, fmt.Errorf("derive columns of %s: %w", t, err)
	}
	return parquet.NewSchema("row", lenientRoot{Node: root, fields: fields}), nil
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
	index  []int // of the Go field in its struct; nil inside a LIST
}

func (f lenientField) Optional() bool          { return !f.Repeated() }
func (f lenientField) Required() bool          { return false }
func (f lenientField) Fields() []parquet.Field { return f.fields }

// Value gives the Go field itself. (The library's own method fills nil pointers
// of embedded structs, and a null would read as zero.)
func (f lenientField) Value(base reflect.Value) reflect.Value {
	if f.index == nil || base.Kind() != reflect.Struct {
		return f.Field.Value(base)
	}
	return base.FieldByIndex(f.index)
}

// groupFields makes the columns of struct t lenient, and refuses the Go types
// that the encoder has no rule for.
func groupFields(n parquet.Node, t reflect.Type) ([]parquet.Field, error) {
	places := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous && f.Type.Kind() != reflect.Struct {
			return nil, fmt.Errorf("embedded %s is not supported", f.Type)
		}
		name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		if name == "" {
			name = f.Name
		}
		if !f.Anonymous && f.IsExported() {
			places[name] = f
		}
	}
	var out []parquet.Field
	for _, f := range n.Fields() {
		place, ok := places[f.Name()]
		if !ok {
			return nil, fmt.Errorf("column %s: no field of that name", f.Name())
		}
		fields, err := nodeFields(f, place.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name(), err)
		}
		out = append(out, lenientField{Field: f, fields: fields, index: place.Index})
	}
	return out, nil
}

func nodeFields(n parquet.Node, t reflect.Type) ([]parquet.Field, error) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case n.Leaf() && !n.Repeated() && leafKind(t):
		return nil, nil
	case !n.Leaf() && !n.Repeated() && t.Kind() == reflect.Struct:
		return groupFields(n, t)
	case !isList(n) || t.Kind() != reflect.Slice:
		return nil, fmt.Errorf("type %s is not supported (a slice needs the tag option list)", t)
	}
	inner, err := nodeFields(element(n), t.Elem())
	if err != nil {
		return nil, err
	}
	list := n.Fields()[0]
	item := lenientField{Field: list.Fields()[0], fields: inner}
	return []parquet.Field{lenientField{Field: list, fields: []parquet.Field{item}}}, nil
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
