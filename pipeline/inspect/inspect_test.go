//go:build cgo

package inspect

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/query"
)

func ptr[T any](v T) *T { return &v }

func row(id, split, difference string, tokens int32) shards.Row {
	return shards.Row{
		PairID: id, Split: split, Source: "coco", ImageIDA: "i" + id, ImageIDB: "shared", ImageLicenseA: "4",
		CaptionA: "A cat.", CaptionB: "A dog.", Difference: difference, Kind: "animals", ModelServed: "m-1", ClipTokens: &tokens,
	}
}

// run writes a small run and gives its folder and manifest.
func run(t *testing.T) (string, *shards.Manifest) {
	t.Helper()
	root := t.TempDir()
	m := &shards.Manifest{
		Splits: map[string]shards.Count{
			"train": {Planned: 9, Accepted: 4, Rejected: 3, Failed: 1, Pending: 1}, "validation": {Planned: 1, Accepted: 1},
		},
		Totals:        shards.Count{Planned: 10, Accepted: 5, Rejected: 3, Failed: 1, Pending: 1},
		RejectReasons: map[string]int64{"refusal": 2, "too_short": 1}, ModelsServed: map[string]int64{"m-1": 8},
	}
	rejected := []shards.Row{row("r1", "train", "No.", 3), row("r2", "train", "No!", 3), row("r3", "train", "", 0)}
	rejected[0].RejectReason, rejected[1].RejectReason, rejected[2].RejectReason = "refusal", "refusal", "too_short"
	rejected[2].ModelServed = "m-2"
	other := row("4", "train", "Image 2 is red, Image 1 is blue.", 10)
	other.Kind, other.ImageLicenseB, other.ImageIDA = "", "7", "i1"
	for path, rows := range map[string][]shards.Row{
		"shards/train-part-00000.parquet": {
			row("1", "train", "The first image has a cat; the second image has none.", 13),
			row("2", "train", "Same  text\nélan", 4),
		},
		"shards/train-part-00001.parquet":      {row("3", "train", "Same  text\nélan", 4), other},
		"shards/validation-part-00000.parquet": {row("5", "validation", "In image 1 it rains.", 7)},
		"rejected/train-part-00000.parquet":    rejected,
	} {
		kind := shards.KindAccepted
		if strings.HasPrefix(path, "rejected") {
			kind = shards.KindRejected
		}
		full := filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		info, err := shards.WriteRows(full, rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		if info, err = info.In(root); err != nil {
			t.Fatal(err)
		}
		m.Files = append(m.Files, shards.File{FileInfo: info, Split: rows[0].Split, Kind: kind})
	}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return root, m
}

func summarise(t *testing.T, root string, m *shards.Manifest, o Options) *Summary {
	t.Helper()
	db, err := query.Open(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := Summarise(t.Context(), db, m, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSummary(t *testing.T) {
	root, m := run(t)
	got := summarise(t, root, m, Options{})
	reasons := []Tally{{"refusal", 2, 2. / 3}, {"too_short", 1, 1. / 3}}
	want := &Summary{
		Run: &m.Run, Tokens: &m.Tokens, Warnings: []string{}, Samples: []Sample{},
		Splits: []Funnel{
			{Split: "train", Planned: ptr(int64(9)), Accepted: 4, Rejected: 3, Failed: ptr(int64(1)), Pending: ptr(int64(1)), Reasons: reasons},
			{Split: "validation", Planned: ptr(int64(1)), Accepted: 1, Failed: ptr(int64(0)), Pending: ptr(int64(0)), Reasons: []Tally{}},
		},
		Total: Funnel{Planned: ptr(int64(10)), Accepted: 5, Rejected: 3, Failed: ptr(int64(1)), Pending: ptr(int64(1)), Reasons: reasons},
		Lengths: Lengths{
			Characters: Spread{5, 15, 27, 20, 53, 53}, Words: Spread{5, 3, 6, 5, 11, 11}, ClipTokens: Spread{5, 4, 7.6, 7, 13, 13},
		},
		Kinds:      []Tally{{"animals", 4, 0.8}, {"", 1, 0.2}},
		Models:     []Tally{{"m-1", 7, 7. / 8}, {"m-2", 1, 1. / 8}},
		Order:      Order{FirstImage: 2, SecondImage: 1, Neither: 2, FirstImageShare: 0.4},
		Duplicates: Duplicates{Texts: 1, Rows: 1, Share: 0.2},
		Licences:   []Licence{{"4", 5, 4}, {"", 4, 1}, {"7", 1, 1}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestSummaryWithoutManifest(t *testing.T) {
	root, _ := run(t)
	got := summarise(t, root, nil, Options{})
	if got.Finished || got.Run != nil || got.Total.Planned != nil || got.Total.Accepted != 5 || len(got.Splits) != 2 {
		t.Errorf("%+v", got)
	}
	doc, err := json.Marshal(got)
	if err != nil || !strings.Contains(string(doc), `"planned":null`) || strings.Contains(string(doc), `"samples":null`) {
		t.Errorf("%s, %v", doc, err)
	}
}

func TestSummaryOfLongRows(t *testing.T) {
	root := t.TempDir()
	var rows []shards.Row
	for i, n := range []int32{76, 77, 78, 200} {
		rows = append(rows, shards.Row{PairID: fmt.Sprint(i), Split: "train", Difference: "a text", ClipTokens: &n})
	}
	if err := os.Mkdir(filepath.Join(root, "shards"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := shards.WriteRows(filepath.Join(root, "shards", "train-part-00000.parquet"), rows, nil); err != nil {
		t.Fatal(err)
	}
	got := summarise(t, root, nil, DefaultOptions())
	var b strings.Builder
	if err := got.Render(&b, 0); err != nil {
		t.Fatal(err)
	}
	if got.Lengths.Truncated != 2 || !strings.Contains(b.String(), "2 accepted rows have more than 77 CLIP tokens") {
		t.Errorf("%d rows\n%s", got.Lengths.Truncated, b.String())
	}
}

func TestSummaryOfNothing(t *testing.T) {
	got := summarise(t, t.TempDir(), nil, DefaultOptions())
	if got.Total.Accepted != 0 || got.Lengths.Words != (Spread{}) || len(got.Samples) != 0 {
		t.Errorf("%+v", got)
	}
	var b strings.Builder
	if err := got.Render(&b, 80); err != nil || !strings.Contains(b.String(), "planned") {
		t.Errorf("%s, %v", b.String(), err)
	}
}

func TestSamplesDoNotDependOnTheShards(t *testing.T) {
	ids := func(root string, o Options) (out []string) {
		for _, s := range summarise(t, root, nil, o).Samples {
			out = append(out, s.PairID)
		}
		return out
	}
	root, _ := run(t)
	one := t.TempDir()
	if err := os.Mkdir(filepath.Join(one, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	var rows []shards.Row
	for _, id := range []string{"5", "3", "1", "2", "4"} {
		rows = append(rows, row(id, "train", "text", 1))
	}
	if _, err := shards.WriteRows(filepath.Join(one, "data", "train-00000-of-00001.parquet"), rows, nil); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for seed := range int64(5) {
		o := Options{Samples: 3, Seed: seed}
		a, b := ids(root, o), ids(one, o)
		if len(a) != 3 || !cmp.Equal(a, b) {
			t.Errorf("seed %d: %v and %v", seed, a, b)
		}
		seen[fmt.Sprint(a)] = true
	}
	if len(seen) == 1 {
		t.Error("every seed gives the same samples")
	}
}

func TestDisagreement(t *testing.T) {
	root, m := run(t)
	if err := os.Remove(filepath.Join(root, "shards", "train-part-00001.parquet")); err != nil {
		t.Fatal(err)
	}
	got := summarise(t, root, m, Options{})
	want := []string{`the shards of split "train" hold 2 accepted rows, not 4 as the manifest says`}
	if d := cmp.Diff(want, got.Warnings); d != "" {
		t.Error(d)
	}
}

func TestRender(t *testing.T) {
	root, m := run(t)
	s := summarise(t, root, m, Options{Samples: 1})
	s.Samples[0].Difference = "Evil \x1b[2J text."
	var b strings.Builder
	if err := s.Render(&b, 100); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"pairs        train  validation  total", "planned          9           1     10", "  refusal        2           0      2",
		"difference   min  mean  p50  p95  max", "CLIP tokens    4   7.6    7   13   13", "(not known)     1  20.0%",
		"first image named first: 40.0% of the differences (second: 1, neither: 2)",
		"texts that repeat an earlier row: 1 (20.0%), of 1 different", `Evil \x1b[2J text.`,
	} {
		if !strings.Contains(b.String(), line+"\n") && !strings.Contains(b.String(), line) {
			t.Errorf("no %q in\n%s", line, b.String())
		}
	}
	if strings.Contains(b.String(), "\x1b") || strings.Contains(b.String(), "rows)") {
		t.Error(b.String())
	}
}

func TestBadOptions(t *testing.T) {
	if _, err := Summarise(t.Context(), nil, nil, Options{Samples: -1}); err == nil {
		t.Error("no error")
	}
}
