package dataset

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// scanMetadata reads metadata.jsonl or metadata.csv of a Hugging Face image
// folder, or any table of that kind: a file name and a caption or a list of
// captions. JSON lines begin with a brace.
func scanMetadata(r *bufio.Reader, v Visitor) error {
	if head, err := r.Peek(1); err == nil && head[0] == '{' {
		return scanJSONLines(r, v)
	}
	return scanCSV(r, v)
}

func scanJSONLines(r io.Reader, v Visitor) error {
	t := newTable(v)
	return eachLine(r, func(n int, line []byte) error {
		rec, err := jsonRecord(line)
		if err == nil {
			err = t.row(rec)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		return nil
	})
}

func jsonRecord(line []byte) (record, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return record{}, fmt.Errorf("not a JSON object: %w", err)
	}
	names := slices.Sorted(maps.Keys(fields))
	cols, err := findColumns(names)
	if err != nil {
		return record{}, err
	}
	return cols.record(func(i int) []string { return cells(fields[names[i]]) }), nil
}

// cells gives the texts of a JSON value: one of a string, number or null, which
// is the empty text, and one for each element of a list, of an object its text.
func cells(raw json.RawMessage) []string {
	var one id
	var list []element
	switch {
	case json.Unmarshal(raw, &one) == nil:
		return []string{string(one)}
	case json.Unmarshal(raw, &list) == nil:
		out := make([]string, len(list))
		for i, e := range list {
			out[i] = string(e)
		}
		return out
	}
	return nil
}

// element is a list's element: a text, or an object with one.
type element string

// UnmarshalJSON takes anything; what holds no text is the empty one.
func (e *element) UnmarshalJSON(raw []byte) error {
	var one id
	var object struct{ Raw, Text, Caption string }
	switch {
	case json.Unmarshal(raw, &one) == nil:
		*e = element(one)
	case json.Unmarshal(raw, &object) == nil:
		*e = element(object.Raw + object.Text + object.Caption)
	}
	return nil
}

func scanCSV(r io.Reader, v Visitor) error {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("read the header: %w", err)
	}
	cols, err := findColumns(header)
	if err != nil {
		return err
	}
	t := newTable(v)
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := t.row(cols.record(func(i int) []string { return csvCells(row[i]) })); err != nil {
			line, _ := rows.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// csvCells gives a field's text, or those of a JSON list that it holds.
func csvCells(field string) []string {
	if strings.HasPrefix(field, "[") && json.Valid([]byte(field)) {
		return cells(json.RawMessage(field))
	}
	return []string{field}
}
