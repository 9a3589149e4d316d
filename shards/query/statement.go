//go:build cgo

package query

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/pcclip/pcclip/shards/fault"
)

// Query runs one reading statement: SELECT, FROM, WITH, DESCRIBE, SUMMARIZE,
// EXPLAIN and the like. What is wrong with the statement comes back as one line
// for the user (exit code 2). The caller reads the result to its end or closes it.
func (db *DB) Query(ctx context.Context, text string) (*Result, error) {
	if strings.TrimSpace(text) == "" {
		return nil, fault.Input("run SQL", "", db.hint(), "the statement is empty")
	}
	conn, err := db.connect(ctx)
	if err != nil {
		return nil, err
	}
	res, err := db.start(ctx, conn, text)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return res, nil
}

func (db *DB) start(ctx context.Context, conn *duckdb.Conn, text string) (*Result, error) {
	// Prepare takes exactly one statement and runs nothing.
	prepared, err := conn.Prepare(text)
	if err != nil {
		return nil, db.explain(ctx, text, err)
	}
	stmt, ok := prepared.(*duckdb.Stmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("run SQL: statement is a %T", prepared), prepared.Close())
	}
	rows, err := db.run(ctx, stmt, text)
	if err != nil {
		return nil, errors.Join(err, stmt.Close())
	}
	res := &Result{rows: &stream{ctx: ctx, conn: conn, stmt: stmt, rows: rows, explain: func(err error) error { return db.explain(ctx, text, err) }}}
	return res, res.rows.(*stream).describe(res)
}

func (db *DB) run(ctx context.Context, stmt *duckdb.Stmt, text string) (driver.Rows, error) {
	kind, err := stmt.StatementType()
	if err != nil {
		return nil, db.explain(ctx, text, err)
	}
	if kind != duckdb.STATEMENT_TYPE_SELECT && kind != duckdb.STATEMENT_TYPE_EXPLAIN {
		return nil, fault.Input("run SQL", "", "to store a result use --format csv or json and redirect it", "only statements that read are allowed")
	}
	if n := stmt.NumInput(); n > 0 {
		return nil, fault.Input("run SQL", "", "write the values into the statement", "%d parameters without a value", n)
	}
	rows, err := stmt.QueryContext(ctx, nil)
	if err != nil {
		return nil, db.explain(ctx, text, err)
	}
	return rows, nil
}

// stream reads the rows of a statement and owns its connection.
type stream struct {
	ctx     context.Context
	conn    *duckdb.Conn
	stmt    *duckdb.Stmt
	rows    driver.Rows
	types   []duckdb.TypeInfo
	values  []driver.Value
	explain func(error) error
}

func (s *stream) describe(res *Result) error {
	names := s.rows.Columns()
	s.types, s.values = make([]duckdb.TypeInfo, len(names)), make([]driver.Value, len(names))
	typed, _ := s.rows.(driver.RowsColumnTypeDatabaseTypeName)
	for i, name := range names {
		c := Column{Name: name}
		if typed != nil {
			c.Type = typed.ColumnTypeDatabaseTypeName(i)
		}
		// EXPLAIN has columns that its preparation does not know; they are text.
		if info, err := s.stmt.ColumnTypeInfo(i); err == nil {
			s.types[i] = info
		}
		res.Columns = append(res.Columns, c)
	}
	return nil
}

func (s *stream) next() ([]any, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.rows.Next(s.values); errors.Is(err, io.EOF) {
		return nil, io.EOF
	} else if err != nil {
		return nil, s.explain(err)
	}
	out := make([]any, len(s.values))
	for i, v := range s.values {
		out[i] = neutral(v, s.types[i])
	}
	return out, nil
}

func (s *stream) close() error {
	return errors.Join(s.rows.Close(), s.stmt.Close(), s.conn.Close())
}
