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

// The answers to the questions are those that the fixture leads to by hand: 59
// pairs of train and 19 of validation, every seventh from the fourth on rejected.
func TestQueriesAnswerRight(t *testing.T) {
	db, err := query.Open(t.Context(), newWorld(t, 60, 20).freeze(t))
	if errors.Is(err, query.ErrUnavailable) {
		t.Skip(err)
	}
	must(t, err)
	defer db.Close()
	doc, err := templateFiles.ReadFile("templates/queries.sql.tmpl")
	must(t, err)
	for title, want := range map[string]string{
		"Rows of each split.":                  "split,n\ntrain,51\nvalidation,16\n",
		"How long are the differences?":        "shortest,mean,longest,clip_tokens\n40,40,40,\n", // "The first shows t0000, the second t0001."
		"Kinds of differences.":                "kind,n\nnot known,67\n",
		"Which models answered?":               "model_requested,model_served,n\nm,m-1,67\n",
		"Rejected answers by rule.":            "reject_reason,n\nclock,11\n",
		"Texts that occur more than once.":     "difference,n\n",
		"Images in more than one split: none.": "image_id,n\n",
	} {
		_, rest, found := strings.Cut(string(doc), "-- "+title)
		_, rest, _ = strings.Cut(rest, "\n")
		statement, _, _ := strings.Cut(rest, ";")
		if !found {
			t.Errorf("no question %q", title)
			continue
		}
		r, err := db.Query(t.Context(), statement)
		must(t, err)
		var got strings.Builder
		must(t, query.WriteCSV(&got, r))
		must(t, r.Close())
		if got.String() != want {
			t.Errorf("%s\n%s\nwant\n%s", title, got.String(), want)
		}
	}
}
