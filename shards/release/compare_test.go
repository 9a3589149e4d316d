package release

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards"
)

// alter rewrites the rows of a table of a release.
func alter[T any](t *testing.T, dir, name string, change func([]T) []T) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	meta, err := shards.ReadMeta(path)
	must(t, err)
	delete(meta, "huggingface")
	delete(meta, "pcclip.pages")
	var rows []T
	for row, err := range shards.ReadTable[T](path) {
		must(t, err)
		rows = append(rows, row)
	}
	_, err = shards.WriteTable(path, change(rows), meta)
	must(t, err)
}

func TestCompare(t *testing.T) {
	w := newWorld(t, 130, 30)
	right := w.freeze(t)
	for name, tt := range map[string]struct {
		spoil func(dir string)
		want  string // the begin of the problem; "" for none
	}{
		"the same": {func(string) {}, ""},
		"a text": {func(dir string) {
			alter(t, dir, "data/train-00001-of-00002.parquet", func(rows []shards.Row) []shards.Row { rows[4].Difference = "x"; return rows })
		}, `data/train-00001-of-00002.parquet row 4 column difference: it is "x", and should be "The first`},
		"a number": {func(dir string) {
			alter(t, dir, "rejected/validation-00000-of-00001.parquet", func(rows []shards.Row) []shards.Row { rows[0].CompletionTokens = nil; return rows })
		}, `rejected/validation-00000-of-00001.parquet row 0 column completion_tokens: it is null, and should be 7`},
		"a row less": {func(dir string) {
			alter(t, dir, "data/train-00001-of-00002.parquet", func(rows []shards.Row) []shards.Row { return rows[:len(rows)-1] })
		}, "data/train-00001-of-00002.parquet row "},
		"an answer": {func(dir string) {
			alter(t, dir, "responses/responses-00001-of-00003.parquet", func(rows []shards.Answer) []shards.Answer { rows[1].Text += "!"; return rows })
		}, "responses/responses-00001-of-00003.parquet row 1 column text: "},
		"a line": {func(dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "NOTICE"), []byte("nothing\n"), 0o644))
		}, `NOTICE: line 1 is "nothing"`},
		"a file less": {func(dir string) { must(t, os.Remove(filepath.Join(dir, "LICENSE"))) }, "LICENSE: it is missing"},
		"a file more": {func(dir string) { must(t, os.WriteFile(filepath.Join(dir, "x"), nil, 0o644)) }, "x: it is one file too many"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := w.freeze(t)
			tt.spoil(dir)
			got, err := Compare(dir, right)
			must(t, err)
			if (got == nil) != (tt.want == "") || got != nil && !strings.HasPrefix(got.String(), tt.want) {
				t.Errorf("%v, want %q", got, tt.want)
			}
		})
	}
}
