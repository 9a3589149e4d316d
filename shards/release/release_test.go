package release

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

func readAll(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	names, err := listFiles(dir)
	must(t, err)
	all := map[string][]byte{}
	for _, name := range names {
		all[name], err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		must(t, err)
	}
	return all
}

func TestTwoReleasesAreTheSameBytes(t *testing.T) {
	w := newWorld(t, 200, 40)
	one, two := readAll(t, w.freeze(t)), readAll(t, w.freeze(t))
	if len(one) != len(two) {
		t.Errorf("%d files and %d", len(one), len(two))
	}
	for name, doc := range one {
		if !bytes.Equal(doc, two[name]) {
			t.Errorf("%s: other bytes", name)
		}
		if bytes.Contains(doc, []byte(os.TempDir())) {
			t.Errorf("%s holds a path of this machine", name)
		}
	}
}

func TestRowsAreCutAnewInPlanOrder(t *testing.T) {
	w := newWorld(t, 200, 40)
	dir := w.freeze(t)
	m, err := shards.ReadManifest(filepath.Join(dir, ManifestFile))
	must(t, err)
	var names []string
	for _, f := range m.Files {
		if f.Kind == shards.KindAccepted && f.Split == "train" {
			names = append(names, f.Path)
		}
		if f.Rows > 60 {
			t.Errorf("%s: %d rows", f.Path, f.Rows)
		}
	}
	if got := strings.Join(names, " "); got != "data/train-00000-of-00003.parquet data/train-00001-of-00003.parquet data/train-00002-of-00003.parquet" {
		t.Error(got)
	}
	k := int64(0)
	for row, err := range rowsOf(dir, m, shards.KindAccepted, "train") {
		must(t, err)
		for rejected(k) {
			k++
		}
		if p, _ := w.Pair("train", k); row.PairID != p.PairID {
			t.Fatalf("row %s is not pair %d", row.PairID, k)
		}
		k++
	}
}

func TestReleaseRefuses(t *testing.T) {
	w := newWorld(t, 60, 0)
	for name, spoil := range map[string]func(*Options){
		"name":     func(o *Options) { o.Name = "a b" },
		"version":  func(o *Options) { o.Version = "1.0" },
		"date":     func(o *Options) { o.Date = "yesterday" },
		"license":  func(o *Options) { o.License = "My Licence" },
		"rows":     func(o *Options) { o.RowsPerFile = 0 },
		"author":   func(o *Options) { o.Author = "a\nb" },
		"prompt":   func(o *Options) { o.Prompt += "x" },
		"there":    func(o *Options) { must(t, os.MkdirAll(o.Out, 0o755)) },
		"no run":   func(o *Options) { o.Run = t.TempDir() },
		"releases": func(o *Options) { o.Run = w.freeze(t) },
	} {
		o := w.options(t)
		spoil(&o)
		if err := Freeze(t.Context(), o); fault.ExitCode(err) != fault.Usage || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(o.Out), ".release-*")); left != nil {
			t.Errorf("%s: left %v", name, left)
		}
	}
}

func TestPartialRelease(t *testing.T) {
	w := newWorld(t, 60, 0)
	path := filepath.Join(w.dir, ManifestFile)
	m, err := shards.ReadManifest(path)
	must(t, err)
	c := m.Splits["train"]
	c.Planned, c.Pending = c.Planned+1, 1
	m.Splits["train"], m.Totals = c, c
	must(t, m.Write(path))
	w.images["train"]++
	o := w.options(t)
	if err := Freeze(t.Context(), o); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "1 pairs are pending") {
		t.Error(err)
	}
	o.AllowPartial = true
	must(t, Freeze(t.Context(), o))
	card, err := os.ReadFile(filepath.Join(o.Out, cardFile))
	must(t, err)
	if !strings.Contains(string(card), "This release is partial") {
		t.Error("the card does not say that the release is partial")
	}
	if r := w.verify(t, o.Out, Rows); len(r.Problems) > 0 {
		t.Error(r.Problems[0])
	}
}

func TestTerms(t *testing.T) {
	for _, c := range []struct{ source, a, b, want string }{
		{"coco", "4", "4", "BY"},
		{"coco", "1", "6", "BY-NC-SA-ND"},
		{"coco", "7", "8", termsFree},
		{"coco", "4", "", termsUnknown},
		{"flickr30k", "4", "4", termsUnknown},
		{"x", "CC BY-SA 4.0", "CC0 1.0", "BY-SA"},
		{"x", "https://creativecommons.org/licenses/by-nc/2.0/", "CC-BY-2.0", "BY-NC"},
	} {
		if got := composeTerms(c.source, c.a, c.b); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if got := strictest(map[string]int64{"BY": 3, "BY-NC": 1, "BY-SA": 1}); got != "BY-NC-SA" {
		t.Error(got)
	}
}
