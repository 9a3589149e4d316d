package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/pcclip/pcclip/shards"
)

// printJSON writes one JSON document for scripts.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return nil
}

// writeJSON writes one JSON document to a file.
func writeJSON(path string, v any) error {
	var b bytes.Buffer
	if err := printJSON(&b, v); err != nil {
		return err
	}
	return shards.WriteFile(path, b.Bytes())
}

// sortedNames lists the keys of a count, sorted.
func sortedNames[K ~string, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}

// version names the build: the module's version, where the build knows it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
