package experiment

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// decode sets the named fields of a struct, by the names that JSON gives them;
// an unknown name is an error.
func decode(fields map[string]any, into any) error {
	doc, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("read fields: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.DisallowUnknownFields()
	if fields == nil {
		return nil
	}
	return dec.Decode(into)
}
