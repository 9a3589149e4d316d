package query

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// TableOptions say how a table is laid out for people.
type TableOptions struct {
	Width int // columns of the terminal; longer cells are cut; 0 cuts nothing
	Rows  int // rows shown, the others are counted; 0 shows all
}

// DefaultTableOptions are those of a plain terminal.
func DefaultTableOptions() TableOptions { return TableOptions{Width: 80, Rows: 100} }

// Validate refuses negative sizes.
func (o TableOptions) Validate() error {
	if o.Width < 0 || o.Rows < 0 {
		return fmt.Errorf("table of width %d and %d rows: neither may be negative", o.Width, o.Rows)
	}
	return nil
}

const (
	gap       = 2 // spaces between columns
	narrowest = 8 // columns that must be cut below this make records instead
)

// WriteTable writes the rows aligned, a row a line, numbers to the right. Where
// the columns do not fit the width even cut short, each row becomes a record, a
// column a line. Control characters are shown, never sent. It uses up the result.
func WriteTable(w io.Writer, r *Result, o TableOptions) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if len(r.Columns) == 2 && r.Columns[1].Name == "explain_value" {
		return writePlan(w, r)
	}
	cells, more, err := readCells(r, o.Rows)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	if widths, fits := columnWidths(r.Columns, cells, o.Width); fits {
		writeAligned(out, r.Columns, cells, widths)
	} else {
		writeRecords(out, r.Columns, cells, o.Width)
	}
	switch total := len(cells) + more; {
	case more > 0:
		fmt.Fprintf(out, "(%d rows, %d shown)\n", total, len(cells))
	case total == 1:
		fmt.Fprintln(out, "(1 row)")
	default:
		fmt.Fprintf(out, "(%d rows)\n", total)
	}
	return out.Flush()
}

// writePlan writes the answer to EXPLAIN, a drawing of many lines.
func writePlan(w io.Writer, r *Result) error {
	for row, err := range r.Rows() {
		if err != nil {
			return err
		}
		for line := range strings.Lines(Text(row[1])) {
			if _, err := fmt.Fprintln(w, Printable(strings.TrimSuffix(line, "\n"))); err != nil {
				return err
			}
		}
	}
	return nil
}

// readCells gives the first rows as text, and how many more there are.
func readCells(r *Result, limit int) (cells [][]string, more int, err error) {
	for row, err := range r.Rows() {
		if err != nil {
			return nil, 0, err
		}
		if limit > 0 && len(cells) == limit {
			more++
			continue
		}
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = Printable(Text(v))
		}
		cells = append(cells, line)
	}
	return cells, more, nil
}

// columnWidths gives the widths of the columns. With a limit, the widest
// columns give way first; fits is false where that does not suffice.
func columnWidths(columns []Column, cells [][]string, limit int) (widths []int, fits bool) {
	widths = make([]int, len(columns))
	total := gap * max(len(columns)-1, 0)
	for i, c := range columns {
		widths[i] = displayWidth(Printable(c.Name))
		for _, row := range cells {
			widths[i] = max(widths[i], displayWidth(row[i]))
		}
		total += widths[i]
	}
	for limit > 0 && total > limit {
		widest := 0
		for i := range widths {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			return nil, false
		}
		widths[widest]--
		total--
	}
	return widths, true
}

func writeAligned(out *bufio.Writer, columns []Column, cells [][]string, widths []int) {
	line := func(row []string, right func(int) bool) {
		var b strings.Builder
		for i, cell := range row {
			if i > 0 {
				b.WriteString(strings.Repeat(" ", gap))
			}
			cell = cut(cell, widths[i])
			space := strings.Repeat(" ", widths[i]-displayWidth(cell))
			if right(i) {
				b.WriteString(space + cell)
			} else {
				b.WriteString(cell + space)
			}
		}
		out.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	names, rules := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], rules[i] = Printable(c.Name), strings.Repeat("-", widths[i])
	}
	numbers := func(i int) bool { return numeric(columns[i].Type) }
	line(names, numbers)
	line(rules, numbers)
	for _, row := range cells {
		line(row, numbers)
	}
}

func writeRecords(out *bufio.Writer, columns []Column, cells [][]string, limit int) {
	widest := 0
	for _, c := range columns {
		widest = max(widest, displayWidth(Printable(c.Name)))
	}
	for n, row := range cells {
		fmt.Fprintf(out, "-- row %d\n", n+1)
		for i, cell := range row {
			name := Printable(columns[i].Name)
			pad := strings.Repeat(" ", widest-displayWidth(name))
			cell = cut(cell, max(limit-widest-gap, narrowest))
			out.WriteString(strings.TrimRight(name+pad+strings.Repeat(" ", gap)+cell, " ") + "\n")
		}
	}
}

func numeric(typ string) bool {
	switch typ, _, _ = strings.Cut(typ, "("); typ {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
		"UINTEGER", "UBIGINT", "UHUGEINT", "BIGNUM", "FLOAT", "DOUBLE", "DECIMAL":
		return true
	}
	return false
}
