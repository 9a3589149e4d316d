package experiment

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// decode sets the named fields of a struct, by the names that JSON gives them;
// an unknown name is an error.
func decode(fields map[string]any, into any) error {
	if fields == nil {
		return nil
	}
	doc, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("read fields: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}
