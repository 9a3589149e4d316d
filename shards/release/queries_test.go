package release

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/query"
)

func TestQueriesAnswer(t *testing.T) {
	w := newWorld(t, 60, 20)
	dir := w.freeze(t)
	db, err := query.Open(t.Context(), dir)
	if errors.Is(err, query.ErrUnavailable) {
		t.Skip(err)
	}
	must(t, err)
	defer db.Close()
	doc, err := os.ReadFile(filepath.Join(dir, "queries.sql"))
	must(t, err)
	asked := 0
	for statement := range strings.SplitSeq(string(doc), ";\n") {
		if strings.Contains(statement, "CREATE VIEW") || strings.TrimSpace(statement) == "" {
			continue // the views are there
		}
		r, err := db.Query(t.Context(), statement)
		if err != nil {
			t.Errorf("%s: %v", statement, err)
			continue
		}
		must(t, query.WriteCSV(&strings.Builder{}, r))
		must(t, r.Close())
		asked++
	}
	if asked != 11 {
		t.Errorf("%d questions", asked)
	}
}
