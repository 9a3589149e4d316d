package shards

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// featuresKey is the footer key from which the Hugging Face reader takes the
// features of a file.
const featuresKey = "huggingface"

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
