//go:build cgo

package query

import (
	"context"
	"errors"
	"fmt"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// memoryLimit bounds what a query may hold; nothing is ever spilled to disk.
const memoryLimit = "4GB"

// DB is an in-memory DuckDB with the views rows, rejected and, where the folder
// has such a table, images. It is safe for concurrent queries. Close it.
type DB struct {
	connector *duckdb.Connector
	views     []string
}

// Open makes the views over RUN/shards or DIR/data, and over rejected/. Missing
// files give empty views with the usual columns. After that DuckDB may read those
// files only: no other file, no network, no extension. A damaged shard gives
// shards.ErrCorrupt.
func Open(ctx context.Context, root string) (*DB, error) {
	views, err := findViews(root)
	if err != nil {
		return nil, err
	}
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("start DuckDB: %w", err)
	}
	db := &DB{connector: connector}
	if err := db.prepare(ctx, root, views); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) prepare(ctx context.Context, root string, views []view) error {
	conn, err := db.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, s := range append([]string{"SET temp_directory = ''", "SET memory_limit = '" + memoryLimit + "'"}, closedDoors...) {
		if _, err := conn.ExecContext(ctx, s, nil); err != nil {
			return fmt.Errorf("set up DuckDB: %s: %w", s, err)
		}
	}
	var files []string
	for _, v := range views {
		if _, err := conn.ExecContext(ctx, v.sql(), nil); err != nil {
			return damaged(ctx, root, err)
		}
		db.views, files = append(db.views, v.name), append(files, v.files...)
	}
	return db.lock(ctx, conn, files)
}

var closedDoors = []string{
	"SET autoinstall_known_extensions = false",
	"SET autoload_known_extensions = false",
	"SET allow_community_extensions = false",
	"SET GLOBAL TimeZone = 'UTC'", // else times depend on the machine
}

// lock leaves DuckDB the given files. Both the path and its pattern are listed:
// the one is opened, the other expanded.
func (db *DB) lock(ctx context.Context, conn *duckdb.Conn, files []string) error {
	allowed := make([]string, 0, 2*len(files))
	for _, f := range files {
		allowed = append(allowed, quoteText(f))
		if p := literalGlob(f); p != f {
			allowed = append(allowed, quoteText(p))
		}
	}
	for _, s := range []string{
		"SET allowed_paths = [" + join(allowed) + "]",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	} {
		if _, err := conn.ExecContext(ctx, s, nil); err != nil {
			return fmt.Errorf("lock DuckDB: %w", err)
		}
	}
	return nil
}

func (db *DB) connect(ctx context.Context) (*duckdb.Conn, error) {
	c, err := db.connector.Connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to DuckDB: %w", err)
	}
	conn, ok := c.(*duckdb.Conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("connect to DuckDB: connection is a %T", c), c.Close())
	}
	return conn, nil
}

// Views gives the names of the views.
func (db *DB) Views() []string { return db.views }

// Close ends DuckDB. Results must be closed before.
func (db *DB) Close() error { return db.connector.Close() }

func damaged(ctx context.Context, root string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &fault.Error{
		Op: "open shards", Where: root, Err: fmt.Errorf("%w: %s", shards.ErrCorrupt, firstLines(err.Error())),
		Hint: "remove the damaged file and run the stage again that wrote it",
	}
}
