//go:build cgo

package query

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/pcclip/pcclip/shards/fault"
)

// explain makes one line for the user of DuckDB's error. Errors that no other
// statement would avoid are not blamed on the statement.
func (db *DB) explain(ctx context.Context, text string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("run SQL: %w", ctx.Err())
	}
	e, ok := errors.AsType[*duckdb.Error](err)
	if !ok {
		if strings.Contains(err.Error(), "multi-statement") {
			return fault.Input("run SQL", "", "give one at a time; a PIVOT needs its values in IN (...)", "several statements in one")
		}
		return fault.Input("run SQL", "", db.hint(), "%s", firstLines(err.Error()))
	}
	line := firstLines(e.Msg)
	switch e.Type {
	case duckdb.ErrorTypePermission:
		return fault.Input("run SQL", "", "only the views can be read: "+join(db.views), "%s", line)
	case duckdb.ErrorTypeOutOfMemory:
		return &fault.Error{Op: "run SQL", Err: errors.New(line), Hint: "ask for fewer rows or columns, with WHERE or LIMIT"}
	case duckdb.ErrorTypeIO, duckdb.ErrorTypeInvalid, duckdb.ErrorTypeFatal, duckdb.ErrorTypeInternal:
		return &fault.Error{Op: "run SQL", Err: errors.New(line), Hint: "check the shards"}
	}
	return fault.Input("run SQL", "", db.hint(), "%s", line)
}

func (db *DB) hint() string {
	return "views: " + join(db.views) + "; columns: DESCRIBE rows"
}

// firstLines gives DuckDB's message without its excerpt of the statement.
func firstLines(msg string) string {
	msg, _, _ = strings.Cut(msg, "\nLINE ")
	return strings.Join(strings.Fields(msg), " ")
}

func join(names []string) string { return strings.Join(names, ", ") }
