package query

import (
	"errors"
	"io"
	"iter"
)

// Column is one column of a result.
type Column struct {
	Name string
	Type string // DuckDB's name of the type, such as "VARCHAR" or "FLOAT[]"
}

// Result is the answer to one statement, read once.
type Result struct {
	Columns []Column
	rows    source
}

type source interface {
	next() ([]any, error) // io.EOF after the last row
	close() error
}

// Rows streams the rows, one cell a column as listed in value.go, and closes the
// result at the end of the loop, however it ends. The first error ends the stream.
func (r *Result) Rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for {
			row, err := r.next()
			if errors.Is(err, io.EOF) {
				if err := r.Close(); err != nil {
					yield(nil, err)
				}
				return
			}
			if !yield(row, err) || err != nil {
				r.Close()
				return
			}
		}
	}
}

func (r *Result) next() ([]any, error) {
	if r.rows == nil {
		return nil, io.EOF
	}
	return r.rows.next()
}

// Close gives back what the result holds. It may be called twice.
func (r *Result) Close() error {
	if r.rows == nil {
		return nil
	}
	rows := r.rows
	r.rows = nil
	return rows.close()
}

// Fixed makes a result of rows at hand.
func Fixed(columns []Column, rows [][]any) *Result {
	return &Result{Columns: columns, rows: &fixed{rows}}
}

type fixed struct{ rows [][]any }

func (f *fixed) next() ([]any, error) {
	if len(f.rows) == 0 {
		return nil, io.EOF
	}
	row := f.rows[0]
	f.rows = f.rows[1:]
	return row, nil
}

func (f *fixed) close() error { return nil }
