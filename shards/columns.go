package shards

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// columnMap says where the leaf columns of a wanted schema stand in a file.
// (The library's own conversion reads a column that a file lacks as zeros, not
// as nulls.)
type columnMap struct {
	leaves []int // wanted leaf -> leaf of the file, -1 where the file has none
	width  int   // leaves of the file
	same   bool  // both schemas have the same leaves in the same order
}

// mapColumns matches top-level columns by name. A column of both must have the
// same type in both; the first wanted column must be in the file.
func mapColumns(want, file *parquet.Schema) (columnMap, error) {
	type place struct {
		node  parquet.Node
		start int
	}
	have, m := map[string]place{}, columnMap{}
	for _, f := range file.Fields() {
		have[f.Name()] = place{f, m.width}
		m.width += leaves(f)
	}
	for i, f := range want.Fields() {
		p, ok := have[f.Name()]
		switch {
		case !ok && i == 0:
			return m, fmt.Errorf("no column %s", f.Name())
		case ok && !parquet.EqualNodes(f, p.node):
			return m, fmt.Errorf("column %s is %s, not %s", f.Name(), p.node, f)
		}
		for k := range leaves(f) {
			if ok {
				m.leaves = append(m.leaves, p.start+k)
			} else {
				m.leaves = append(m.leaves, -1)
			}
		}
	}
	m.same = len(m.leaves) == m.width
	for to, from := range m.leaves {
		m.same = m.same && to == from
	}
	return m, nil
}

func leaves(n parquet.Node) int {
	if n.Leaf() {
		return 1
	}
	sum := 0
	for _, f := range n.Fields() {
		sum += leaves(f)
	}
	return sum
}

// apply gives a row of the file as a row of the wanted schema.
func (m columnMap) apply(row parquet.Row) (parquet.Row, error) {
	if m.same {
		return row, nil
	}
	cells := make([][]parquet.Value, m.width)
	for _, v := range row {
		if v.Column() < 0 || v.Column() >= m.width {
			return nil, fmt.Errorf("value of column %d of %d", v.Column(), m.width)
		}
		cells[v.Column()] = append(cells[v.Column()], v)
	}
	out := make(parquet.Row, 0, len(row))
	for to, from := range m.leaves {
		if from < 0 {
			out = append(out, parquet.NullValue().Level(0, 0, to))
			continue
		}
		if len(cells[from]) == 0 {
			return nil, fmt.Errorf("no value of column %d", from)
		}
		for _, v := range cells[from] {
			out = append(out, v.Level(v.RepetitionLevel(), v.DefinitionLevel(), to))
		}
	}
	return out, nil
}
