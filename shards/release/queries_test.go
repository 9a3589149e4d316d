package release

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards"
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
	accepted := newAccepted()
	for title, want := range map[string]string{
		"Rows of each split.":                                     "split,n\ntrain,51\nvalidation,16\n",
		"How long are the differences?":                           "shortest,mean,longest,clip_tokens\n40,40,40,\n", // "The first shows t0000, the second t0001."
		"Kinds of differences.":                                   "kind,n\nnot known,67\n",
		"Which models answered?":                                  "model_requested,model_served,n\nm,m-1,67\n",
		"Rejected answers by rule.":                               "reject_reason,n\nclock,11\n",
		"Texts that occur more than once.":                        "difference,n\n",
		"Images in more than one split: none.":                    "image_id,n\n",
		"The longest ones.":                                       "pair_id,characters,difference\n" + accepted.longest(10),
		"Licences of the images on both sides.":                   "image_license_a,image_license_b,n\n" + accepted.licences(),
		"How often does an image stand in a pair?":                "image_id,n\n" + accepted.images(10),
		"The nearest duplicates among the first 200 differences.": "pair_id,other,alike,difference,other_difference\n" + accepted.nearest(10),
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

// accepted are the accepted pairs of the fixture, counted without SQL.
type accepted []shards.Pair

func newAccepted() (all accepted) {
	w := &world{images: map[string]int{"train": 60, "validation": 20}}
	for _, split := range []string{"train", "validation"} {
		for k := range int64(w.images[split] - 1) {
			if p, _ := w.Pair(split, k); !rejected(k) {
				all = append(all, p)
			}
		}
	}
	slices.SortFunc(all, func(a, b shards.Pair) int { return strings.Compare(a.PairID, b.PairID) })
	return all
}

// longest: all are of one length, so their ids decide.
func (all accepted) longest(n int) (csv string) {
	for _, p := range all[:n] {
		csv += fmt.Sprintf("%s,%d,%q\n", p.PairID, len(said(p)), said(p))
	}
	return csv
}

func (all accepted) licences() string {
	n := map[string]int{}
	for _, p := range all {
		n[p.ImageLicenseA+","+p.ImageLicenseB]++
	}
	return largest(n, len(n))
}

func (all accepted) images(most int) string {
	n := map[string]int{}
	for _, p := range all {
		n[p.ImageIDA]++
		n[p.ImageIDB]++
	}
	return largest(n, most)
}

// largest writes the largest counts, equal ones by name.
func largest(n map[string]int, most int) (csv string) {
	names := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(n[b]-n[a], strings.Compare(a, b)) })
	for _, name := range names[:most] {
		csv += fmt.Sprintf("%s,%d\n", name, n[name])
	}
	return csv
}

// nearest compares the sets of characters, as DuckDB's jaccard does.
func (all accepted) nearest(most int) (csv string) {
	type pair struct {
		a, b  shards.Pair
		alike float64
	}
	var pairs []pair
	for i, a := range all {
		for _, b := range all[i+1:] {
			either, both := map[rune]bool{}, 0
			for _, c := range said(a) + said(b) {
				if !either[c] && strings.ContainsRune(said(a), c) && strings.ContainsRune(said(b), c) {
					both++
				}
				either[c] = true
			}
			pairs = append(pairs, pair{a, b, math.Round(1000*float64(both)/float64(len(either))) / 1000})
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int { return cmp.Compare(y.alike, x.alike) })
	for _, p := range pairs[:most] {
		csv += fmt.Sprintf("%s,%s,%g,%q,%q\n", p.a.PairID, p.b.PairID, p.alike, said(p.a), said(p.b))
	}
	return csv
}
