//go:build !cgo

package query

import (
	"context"

	"github.com/pcclip/pcclip/shards/fault"
)

// DB stands for DuckDB in a program that was built without it.
type DB struct{}

// Open says what asking SQL needs. The error wraps ErrUnavailable.
func Open(_ context.Context, root string) (*DB, error) { return nil, unavailable(root) }

// Query says what asking SQL needs.
func (*DB) Query(context.Context, string) (*Result, error) { return nil, unavailable("") }

// Views gives none.
func (*DB) Views() []string { return nil }

// Close does nothing.
func (*DB) Close() error { return nil }

func unavailable(root string) error {
	return &fault.Error{
		Op: "open shards", Where: root, Err: ErrUnavailable, Code: fault.Usage,
		Hint: "use a pcclip that was built with CGO_ENABLED=1 and a C++ compiler (task build), or read the Parquet files with any DuckDB",
	}
}
