package release

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

func TestVerifyPassesWhatWasWritten(t *testing.T) {
	w := newWorld(t, 200, 40)
	r := w.verify(t, w.freeze(t), Rows)
	if len(r.Problems) > 0 || r.Rows != 238 || r.Level != Rows {
		t.Errorf("%+v", r)
	}
}

func TestVerifyFindsEveryFlippedByte(t *testing.T) {
	w := newWorld(t, 120, 30)
	dir := w.freeze(t)
	names, err := listFiles(dir)
	must(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 1000 {
		name := names[i%len(names)] // every file in turn, small ones too
		path := filepath.Join(dir, filepath.FromSlash(name))
		whole, err := os.ReadFile(path)
		must(t, err)
		altered := slices.Clone(whole)
		at := random.IntN(len(altered))
		altered[at] ^= 1 << random.IntN(8)
		must(t, os.WriteFile(path, altered, 0o644))
		r := w.verify(t, dir, Files)
		if !slices.ContainsFunc(r.Problems, func(p Problem) bool { return p.File == name }) {
			t.Errorf("byte %d of %s: only %v", at, name, r.Problems)
		}
		must(t, os.WriteFile(path, whole, 0o644))
	}
	if r := w.verify(t, dir, Rows); len(r.Problems) > 0 {
		t.Error(r.Problems)
	}
}

// A damaged footer is named and the other files are looked at all the same: the
// Parquet library panics at some of them.
func TestVerifyGoesOnAfterHostileFooters(t *testing.T) {
	w := newWorld(t, 120, 30)
	dir := w.freeze(t)
	const name, other = "data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"
	whole, err := os.ReadFile(filepath.Join(dir, name))
	must(t, err)
	must(t, os.Truncate(filepath.Join(dir, other), 9))
	random := rand.New(rand.NewPCG(3, 4))
	for range 150 {
		altered := slices.Clone(whole)
		for range 1 + random.IntN(6) {
			altered[len(altered)-9-random.IntN(1500)] = byte(random.Int())
		}
		must(t, os.WriteFile(filepath.Join(dir, name), altered, 0o644))
		sign(t, dir) // as who made it would
		r := w.verify(t, dir, Schema)
		if !slices.ContainsFunc(r.Problems, func(p Problem) bool { return p.File == other && strings.Contains(p.What, "damaged") }) {
			t.Fatalf("it did not go on: %v", r.Problems)
		}
		if d := r.Problems[0].Level; d != Schema {
			t.Fatalf("found by %s", d)
		}
	}
}

func TestVerifyFindsAddedAndMissingFiles(t *testing.T) {
	w := newWorld(t, 60, 0)
	for name, spoil := range map[string]func(dir string) error{
		"LICENSE":            func(dir string) error { return os.Remove(filepath.Join(dir, "LICENSE")) },
		"notes.txt":          func(dir string) error { return os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o644) },
		"link":               func(dir string) error { return os.Symlink("/etc/hostname", filepath.Join(dir, "link")) },
		"data/other.parquet": func(dir string) error { return os.WriteFile(filepath.Join(dir, "data", "other.parquet"), nil, 0o644) },
	} {
		dir := w.freeze(t)
		must(t, spoil(dir))
		if r := w.verify(t, dir, Files); len(r.Problems) == 0 || r.Problems[0].File != name {
			t.Errorf("%s: %v", name, r.Problems)
		}
	}
	if _, err := Verify(t.Context(), t.TempDir(), VerifyOptions{}); fault.ExitCode(err) != fault.Usage {
		t.Error(err)
	}
}

// What was altered together with its hashes shows in the rows.
func TestVerifyNamesTheRow(t *testing.T) {
	for column, spoil := range map[string]func(rows []shards.Row){
		"caption_a":       func(rows []shards.Row) { rows[5].CaptionA = "another" },
		"image_license_b": func(rows []shards.Row) { rows[5].ImageLicenseB = "4" },
		"pair_id":         func(rows []shards.Row) { rows[5], rows[6] = rows[6], rows[5] },
		"split":           func(rows []shards.Row) { rows[5].Split = "validation" },
		"difference":      func(rows []shards.Row) { rows[5].Difference = "" },
		"reject_reason":   func(rows []shards.Row) { rows[5].RejectReason = "clock" },
		"request_sha256":  func(rows []shards.Row) { rows[5].RequestSHA256 = digest("x") },
		"response_sha256": func(rows []shards.Row) { rows[5].ResponseSHA256 = digest("x") },
		"model_served":    func(rows []shards.Row) { rows[5].ModelServed = "m-2" },
	} {
		namesTheRow(t, column, spoil)
	}
}

// A key that is too long, or none, is named too, and so is one in capitals: it is
// another key.
func TestVerifyNamesTheRowOfABadRequestKey(t *testing.T) {
	for _, spoil := range []func(key string) string{
		strings.ToUpper,
		func(key string) string { return key + "00" },
		func(key string) string { return key + "000" },
		func(key string) string { return key[:62] },
		func(key string) string { return "x" + key[1:] },
		func(string) string { return "" },
	} {
		namesTheRow(t, "request_sha256", func(rows []shards.Row) { rows[5].RequestSHA256 = spoil(rows[5].RequestSHA256) })
	}
}

// namesTheRow spoils row 5 of a release, with its hashes, and looks whether verify
// names the row and the column.
func namesTheRow(t *testing.T, column string, spoil func(rows []shards.Row)) {
	t.Helper()
	w := newWorld(t, 60, 0)
	dir := w.freeze(t)
	rewrite(t, dir, "data/train-00000-of-00001.parquet", spoil)
	sign(t, dir)
	r := w.verify(t, dir, Rows)
	if len(r.Problems) == 0 || r.Problems[0].Row != 5 || r.Problems[0].Column != column {
		t.Errorf("%s: %v", column, r.Problems)
	}
}

// rewrite writes a file of rows anew, altered.
func rewrite(t *testing.T, dir, slash string, alter func(rows []shards.Row)) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(slash))
	meta, err := shards.ReadMeta(path)
	must(t, err)
	delete(meta, "huggingface")
	delete(meta, "pcclip.pages")
	var rows []shards.Row
	for row, err := range shards.ReadRows(path) {
		must(t, err)
		rows = append(rows, row)
	}
	alter(rows)
	_, err = shards.WriteRows(path, rows, meta)
	must(t, err)
}

// Rows are looked at by blocks, on several cores: all bad ones are named, in order.
func TestVerifyNamesEveryRowOfSeveralBlocks(t *testing.T) {
	w := newWorld(t, 2*walkRows+500, 0)
	o := w.options(t)
	o.RowsPerFile = 1500
	must(t, Freeze(t.Context(), o))
	if r := w.verify(t, o.Out, Rows); len(r.Problems) > 0 || r.Rows != 2*walkRows+499 {
		t.Fatalf("%d rows, %v", r.Rows, r.Problems)
	}
	var want []Problem
	for slash, bad := range map[string][]int64{
		"data/train-00000-of-00003.parquet": {0, 1, 777, 1499}, "data/train-00001-of-00003.parquet": {255, 256, 257, 1024}, "data/train-00002-of-00003.parquet": {0, 938},
		"rejected/train-00000-of-00001.parquet": {3, 292, 600},
	} {
		rewrite(t, o.Out, slash, func(rows []shards.Row) {
			for _, i := range bad {
				rows[i].CaptionB = "another"
				want = append(want, Problem{Level: Rows, File: slash, Row: i, Column: "caption_b"})
			}
		})
	}
	slices.SortStableFunc(want, func(a, b Problem) int { return strings.Compare(a.File, b.File) })
	sign(t, o.Out)
	got := w.verify(t, o.Out, Rows).Problems
	for i := range got {
		got[i].What = ""
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestVerifyReadsNoPathOutOfTheRelease(t *testing.T) {
	w := newWorld(t, 60, 0)
	dir := w.freeze(t)
	path := filepath.Join(dir, ManifestFile)
	doc, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(strings.Replace(string(doc), `"LICENSE"`, `"../../LICENSE"`, 1)), 0o644))
	if r := w.verify(t, dir, Files); len(r.Problems) == 0 || r.Problems[0].File != ManifestFile {
		t.Error(r.Problems)
	}
}
