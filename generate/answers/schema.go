package answers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/pcclip/pcclip/shards/fault"
)

// ErrDamaged says that a file is no whole answer store.
var ErrDamaged = errors.New("the file is damaged or no answer store")

const (
	application = 0x70636c70 // "pclp", SQLite's application_id
	version     = 1          // SQLite's user_version
)

// The body stands last: a scan of the keys does not read it.
const schema = `
CREATE TABLE answers (
	id INTEGER PRIMARY KEY, key BLOB NOT NULL, standing INTEGER NOT NULL, outcome TEXT NOT NULL, attempt INTEGER NOT NULL,
	endpoint TEXT NOT NULL, status INTEGER NOT NULL, model TEXT NOT NULL, fingerprint TEXT NOT NULL, finish TEXT NOT NULL,
	prompt_tokens INTEGER, cached_tokens INTEGER, completion_tokens INTEGER, reasoning_tokens INTEGER,
	latency_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, crc32c INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE TABLE notes (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;`

// open opens or makes the database of a path that is locked already.
func open(path string) (*sql.DB, error) {
	if err := sniff(path); err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: absolute}).String())
	if err != nil {
		return nil, err
	}
	// One connection: locks and prepared statements belong to it.
	db.SetMaxOpenConns(1)
	if err := prepare(db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// sniff refuses a file that SQLite would have to overwrite.
func sniff(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var head [16]byte
	n, err := io.ReadFull(f, head[:])
	if n == 0 && errors.Is(err, io.EOF) {
		return nil
	}
	if string(head[:n]) != "SQLite format 3\x00" {
		return ErrDamaged
	}
	return nil
}

func prepare(db *sql.DB) error {
	// Exclusive before the first read: the shared-memory file is never made,
	// and a second process is refused.
	for _, p := range []struct{ set, want string }{{"locking_mode=EXCLUSIVE", "exclusive"}, {"journal_mode=WAL", "wal"}} {
		var got string
		if err := db.QueryRow("PRAGMA " + p.set).Scan(&got); err != nil {
			return err
		}
		if !strings.EqualFold(got, p.want) {
			return fmt.Errorf("the file system cannot hold the store: %s gave %s", p.set, got)
		}
	}
	if _, err := db.Exec("PRAGMA synchronous=FULL"); err != nil {
		return err
	}
	var app, ver, tables int
	if err := errors.Join(
		db.QueryRow("PRAGMA application_id").Scan(&app),
		db.QueryRow("PRAGMA user_version").Scan(&ver),
		db.QueryRow("SELECT count(*) FROM sqlite_master").Scan(&tables),
	); err != nil {
		return err
	}
	switch {
	case app == 0 && ver == 0 && tables == 0:
		return create(db)
	case app != application:
		return ErrDamaged
	case ver != version:
		return fmt.Errorf("the store has version %d, this program knows version %d", ver, version)
	}
	return nil
}

func create(db *sql.DB) error {
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	_, err = tx.Exec(fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d; %s", application, version, schema))
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// explain turns an error of opening or reading into one line for the user.
func explain(op, path string, err error) error {
	text := err.Error()
	for _, sign := range []string{"malformed", "not a database", "SQLITE_CORRUPT", "SQLITE_NOTADB", "Scan error"} {
		if strings.Contains(text, sign) {
			err = fmt.Errorf("%w (%s)", ErrDamaged, text)
			break
		}
	}
	if strings.Contains(text, "disk is full") { // SQLite's own error carries no errno
		err = fmt.Errorf("%w (%s)", syscall.ENOSPC, text)
	}
	if errors.Is(err, ErrDamaged) {
		return fault.Input(op, path, "it was left as it is; put a whole copy in its place, or take another --run", "%w", err)
	}
	return fmt.Errorf("%s %s: %w", op, path, err)
}
