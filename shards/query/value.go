package query

// A cell of a result is one of: nil (NULL), bool, int64, uint64, float32,
// float64, string, Number, []any (a list) or Object (a struct or map). Dates,
// times, intervals, UUIDs and blobs are text in DuckDB's own form; times are UTC.

// Number is a whole or decimal number that may not fit a float64 or int64,
// written out: "-12.50".
type Number string

// Object is a struct or map, members in their order.
type Object []Member

// Member is one member of an Object.
type Member struct {
	Name  string
	Value any
}
