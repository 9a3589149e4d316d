package query

import (
	"math"
	"strings"
	"testing"
)

func table(t *testing.T, o TableOptions, columns []Column, rows ...[]any) string {
	t.Helper()
	var b strings.Builder
	if err := WriteTable(&b, Fixed(columns, rows), o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTableAligned(t *testing.T) {
	columns := []Column{{"name", "VARCHAR"}, {"n", "BIGINT"}, {"x", "DECIMAL(4,2)"}}
	got := table(t, TableOptions{}, columns,
		[]any{"猫", int64(1), Number("1.50")}, []any{"e\u0301", int64(-20), nil}, []any{"\x1b[31mred\n", int64(3), Number("0.00")})
	want := strings.Join([]string{
		"name             n     x",
		"-------------  ---  ----",
		"猫               1  1.50",
		"e\u0301              -20  NULL",
		`\x1b[31mred\n    3  0.00`,
		"(3 rows)", "",
	}, "\n")
	if got != want {
		t.Errorf("\n%s\nnot\n%s", got, want)
	}
}

func TestTableCutAndCounted(t *testing.T) {
	columns := []Column{{"id", "VARCHAR"}, {"text", "VARCHAR"}}
	got := table(t, TableOptions{Width: 20, Rows: 1}, columns, []any{"a", strings.Repeat("long ", 9)}, []any{"b", "c"})
	want := "id  text\n--  ----------------\na   long long long …\n(2 rows, 1 shown)\n"
	if got != want {
		t.Errorf("%q", got)
	}
}

func TestTableTooWideMakesRecords(t *testing.T) {
	columns := []Column{{"one", "VARCHAR"}, {"second", "VARCHAR"}, {"n", "BIGINT"}}
	long := strings.Repeat("x", 30)
	got := table(t, TableOptions{Width: 20}, columns, []any{long, long, int64(1)})
	want := "-- row 1\none     xxxxxxxxxxx…\nsecond  xxxxxxxxxxx…\nn       1\n(1 row)\n"
	if got != want {
		t.Errorf("%q", got)
	}
}

func TestTablePlan(t *testing.T) {
	columns := []Column{{"explain_key", "VARCHAR"}, {"explain_value", "VARCHAR"}}
	if got := table(t, TableOptions{Width: 3}, columns, []any{"physical_plan", "┌──┐\n└──┘\n"}); got != "┌──┐\n└──┘\n" {
		t.Errorf("%q", got)
	}
}

func TestTableWithoutRows(t *testing.T) {
	if got := table(t, DefaultTableOptions(), []Column{{"a", "VARCHAR"}}); got != "a\n-\n(0 rows)\n" {
		t.Errorf("%q", got)
	}
}

func TestJSONFloats(t *testing.T) {
	var b strings.Builder
	row := []any{math.NaN(), math.Inf(-1), float32(0.1), 1e-7, 123456789.0, float32(1e30), -0.5}
	columns := make([]Column, len(row))
	for i := range columns {
		columns[i].Name = string('a' + rune(i))
	}
	if err := WriteJSON(&b, Fixed(columns, [][]any{row})); err != nil {
		t.Fatal(err)
	}
	want := "[\n" + `{"a":null,"b":null,"c":0.1,"d":1e-07,"e":123456789,"f":1e+30,"g":-0.5}` + "\n]\n"
	if b.String() != want {
		t.Error(b.String())
	}
	if got := Text(math.Inf(-1)) + Text(float32(math.Inf(1))) + Text(math.NaN()); got != "-infinfnan" {
		t.Error(got)
	}
}

func TestPathsAreLiteral(t *testing.T) {
	if got := quoteList([]string{"/a*b/it's [x]?.parquet"}); got != "['/a[*]b/it''s [[]x][?].parquet']" {
		t.Error(got)
	}
}
