// Package shards holds the row types of a data set and is the only place where
// Parquet is written and read. Equal rows give equal bytes on every machine:
// fixed codec, page and row-group limits, writer name and write sizes, no clock.
// It knows nothing of where rows come from.
package shards

import "errors"

// ErrCorrupt says that a file is not what its writer left: cut short, altered,
// or not of the expected kind. Errors that wrap it name the file.
var ErrCorrupt = errors.New("damaged file")
