package shards

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// featuresKey is the footer key from which the Hugging Face reader takes the
// features of a file.
const featuresKey = "huggingface"

// Features gives the columns of T as the Hub's JSON object of features, in file
// order: {"pair_id":{"dtype":"string","_type":"Value"},...}.
func Features[T any]() (string, error) {
	schema, err := tableSchema(reflect.TypeFor[T]())
	if err != nil {
		return "", err
	}
	return featureGroup(schema.Fields()), nil
}

// Column is one top-level column of a table.
type Column struct {
	Name string
	Type string // "string", "int32", "float64", ...; "list" or "struct" where nested
}

// Columns gives the columns of T in file order.
func Columns[T any]() ([]Column, error) {
	schema, err := tableSchema(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	var out []Column
	for _, f := range schema.Fields() {
		switch {
		case f.Leaf():
			out = append(out, Column{f.Name(), dtype(f.Type())})
		case isList(f):
			out = append(out, Column{f.Name(), "list"})
		default:
			out = append(out, Column{f.Name(), "struct"})
		}
	}
	return out, nil
}

// features gives the value of featuresKey: {"info":{"features":{...}}} with the
// columns in file order, as the Hub's reader wants it.
func features(schema *parquet.Schema) string {
	return `{"info":{"features":` + featureGroup(schema.Fields()) + `}}`
}

func featureGroup(fields []parquet.Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = quoteJSON(f.Name()) + ":" + feature(f)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func feature(n parquet.Node) string {
	switch {
	case n.Leaf():
		return fmt.Sprintf(`{"dtype":%q,"_type":"Value"}`, dtype(n.Type()))
	case isList(n):
		return `{"feature":` + feature(element(n)) + `,"_type":"List"}`
	}
	return featureGroup(n.Fields())
}

func dtype(t parquet.Type) string {
	kind := map[parquet.Kind]string{
		parquet.Boolean: "bool", parquet.Int32: "int32", parquet.Int64: "int64",
		parquet.Float: "float32", parquet.Double: "float64",
	}[t.Kind()]
	logical := t.String()
	switch {
	case kind == "" && strings.HasPrefix(logical, "STRING"):
		return "string"
	case kind == "":
		return "binary"
	}
	var width int
	if _, err := fmt.Sscanf(logical, "INT(%d,true)", &width); err == nil {
		return fmt.Sprintf("int%d", width)
	}
	if _, err := fmt.Sscanf(logical, "INT(%d,false)", &width); err == nil {
		return fmt.Sprintf("uint%d", width)
	}
	return kind
}

func quoteJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic("shards: strings always marshal: " + err.Error())
	}
	return string(b)
}
