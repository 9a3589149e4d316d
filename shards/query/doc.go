// Package query asks SQL of the shards of a run or a release, through an
// in-memory DuckDB that sees those files and nothing else. It is the only
// importer of DuckDB; built without cgo, Open says what is missing.
package query

import "errors"

// ErrUnavailable says that this program was built without DuckDB.
var ErrUnavailable = errors.New("built without DuckDB")
