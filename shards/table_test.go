package shards

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files")

type caption struct {
	ID   string `parquet:"id"`
	Text string `parquet:"text"`
	N    int32  `parquet:"n"`
}

type flat struct {
	ID       string    `parquet:"id"`
	Vector   []float32 `parquet:"vector,list"`
	Captions []caption `parquet:"captions,list"`
	Width    int       `parquet:"width"`
	Small    uint16    `parquet:"small"`
	Score    float64   `parquet:"score"`
	Flag     bool      `parquet:"flag"`
	Raw      []byte    `parquet:"raw"`
	Maybe    *int64    `parquet:"maybe"`
	Kind     string    `parquet:"kind,dict"`
}

func collect[T any](t interface{ Fatal(...any) }, path string) []T {
	var out []T
	for row, err := range ReadTable[T](path) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	return out
}

func flatRow() *rapid.Generator[flat] {
	text := rapid.SampledFrom([]string{"", "a", "émoji 🐈", "line\nbreak", strings.Repeat("long ", 300)})
	captions := rapid.Custom(func(t *rapid.T) caption {
		return caption{text.Draw(t, "id"), text.Draw(t, "text"), rapid.Int32().Draw(t, "n")}
	})
	number := rapid.Float32Range(-2, 2)
	return rapid.Custom(func(t *rapid.T) flat {
		r := flat{
			ID: text.Draw(t, "id"), Width: rapid.Int().Draw(t, "width"), Small: rapid.Uint16().Draw(t, "small"),
			Score: rapid.Float64().Draw(t, "score"), Flag: rapid.Bool().Draw(t, "flag"), Kind: text.Draw(t, "kind"),
			Maybe: rapid.Ptr(rapid.Int64(), true).Draw(t, "maybe"),
		}
		if rapid.Bool().Draw(t, "vector") {
			r.Vector = rapid.SliceOfN(number, 0, 9).Draw(t, "numbers")
		}
		if rapid.Bool().Draw(t, "captions") {
			r.Captions = rapid.SliceOfN(captions, 0, 4).Draw(t, "texts")
		}
		if rapid.Bool().Draw(t, "raw") {
			r.Raw = rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "bytes")
		}
		return r
	})
}

func TestTableRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.parquet")
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(flatRow(), 0, 300).Draw(t, "rows")
		info, err := WriteTable(path, rows, map[string]string{"b": "2", "a": "1"})
		if err != nil {
			t.Fatal(err)
		}
		if info.Rows != int64(len(rows)) {
			t.Fatalf("%d rows written, not %d", info.Rows, len(rows))
		}
		if d := cmp.Diff(rows, append([]flat{}, collect[flat](t, path)...)); d != "" {
			t.Fatal(d)
		}
	})
}

// sampleRows are rows of a plausible shard, with every kind of column filled.
func sampleRows(n int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		seed, tokens, attempts := int64(i), int64(40+i%7), int32(i%3)
		rows[i] = Row{
			PairID: PairID("coco", fmt.Sprint(i), fmt.Sprint(i+1), "c", "d"), Split: "train", Source: "coco",
			ImageIDA: fmt.Sprint(i), ImageIDB: fmt.Sprint(i + 1), FileNameA: fmt.Sprintf("%012d.jpg", i), FileNameB: fmt.Sprintf("%012d.jpg", i+1),
			CaptionIDA: "c", CaptionIDB: "d", CaptionA: "A cat — «sleeping».", CaptionB: "A dog.", ImageLicenseA: fmt.Sprint(i%8 + 1),
			Difference: strings.Repeat(fmt.Sprintf("Image 1 shows %d cats. ", i), i%5+1), Kind: []string{"animals", "scene"}[i%2],
			PromptID: "paper", ModelRequested: "m", ModelServed: "m-1", Seed: &seed, FinishReason: "stop",
			PromptTokens: &tokens, CompletionTokens: &tokens, Attempts: &attempts,
		}
		if i%4 == 0 {
			rows[i].Seed, rows[i].Repairs = nil, "trim"
		}
	}
	return rows
}

func TestShardGolden(t *testing.T) {
	path, golden := filepath.Join(t.TempDir(), "train-part-00000.parquet"), filepath.Join("testdata", "golden.parquet")
	rows := sampleRows(200)
	if _, err := WriteRows(path, rows, map[string]string{"pcclip.block": "0"}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the bytes of a shard have changed: every released shard would; run with -update only if that is meant")
	}
	if d := cmp.Diff(rows, collect[Row](t, golden)); d != "" {
		t.Error(d)
	}
}

func TestSameBytes(t *testing.T) {
	rows, dir := sampleRows(5000), t.TempDir()
	meta := map[string]string{"z": "1", "a": "2", "m": "3"}
	first, err := WriteRows(filepath.Join(dir, "first"), rows, meta)
	if err != nil {
		t.Fatal(err)
	}
	for _, procs := range []int{1, 2, 2, 1} {
		before := runtime.GOMAXPROCS(procs)
		again, err := WriteRows(filepath.Join(dir, "again"), rows, meta)
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
		if again.SHA256 != first.SHA256 {
			t.Fatalf("other bytes with GOMAXPROCS=%d", procs)
		}
	}
}

func TestSameBytesWhateverTheCalls(t *testing.T) {
	rows, dir := sampleRows(1000), t.TempDir()
	want, err := WriteRows(filepath.Join(dir, "one"), rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Create[Row](&Codec{}, filepath.Join(dir, "many"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for from, step := 0, 1; from < len(rows); from, step = from+step, step%90+7 {
		if err := w.Write(rows[from:min(from+step, len(rows))]...); err != nil {
			t.Fatal(err)
		}
	}
	got, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if got.SHA256 != want.SHA256 || got.Rows != want.Rows {
		t.Errorf("many small writes give %+v, one gives %+v", got, want)
	}
}

func TestManyRowGroups(t *testing.T) {
	type number struct {
		ID int64 `parquet:"id"`
	}
	rows := make([]number, groupRows*2+5)
	for i := range rows {
		rows[i].ID = int64(i)
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	if _, err := WriteTable(path, rows, nil); err != nil {
		t.Fatal(err)
	}
	f, table, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n := len(table.RowGroups()); n != 3 {
		t.Errorf("%d row groups, not 3", n)
	}
	if d := cmp.Diff(rows, collect[number](t, path)); d != "" {
		t.Error("rows differ after reading")
	}
}

func TestRowGroupsByBytes(t *testing.T) {
	type blob struct {
		ID   string `parquet:"id"`
		Text []byte `parquet:"text"`
	}
	rows := make([]blob, 3*writeRows)
	for i := range rows {
		rows[i] = blob{fmt.Sprint(i), bytes.Repeat([]byte{byte(i)}, groupBytes/writeRows)}
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	if _, err := WriteTable(path, rows, nil); err != nil {
		t.Fatal(err)
	}
	f, table, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n := len(table.RowGroups()); n != 3 {
		t.Errorf("%d row groups, not 3", n)
	}
}

func TestFooter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.parquet")
	if _, err := WriteTable(path, []flat{{ID: "a"}}, map[string]string{"run": "r"}); err != nil {
		t.Fatal(err)
	}
	meta, err := ReadMeta(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(meta[pagesKey], ":") {
		t.Errorf("no checksum: %v", meta)
	}
	delete(meta, pagesKey)
	want := map[string]string{
		"run": "r",
		"huggingface": `{"info":{"features":{"id":{"dtype":"string","_type":"Value"},"vector":{"feature":{"dtype":"float32","_type":"Value"},"_type":"List"},` +
			`"captions":{"feature":{"id":{"dtype":"string","_type":"Value"},"text":{"dtype":"string","_type":"Value"},"n":{"dtype":"int32","_type":"Value"}},"_type":"List"},` +
			`"width":{"dtype":"int64","_type":"Value"},"small":{"dtype":"uint16","_type":"Value"},"score":{"dtype":"float64","_type":"Value"},` +
			`"flag":{"dtype":"bool","_type":"Value"},"raw":{"dtype":"binary","_type":"Value"},"maybe":{"dtype":"int64","_type":"Value"},"kind":{"dtype":"string","_type":"Value"}}}}`,
	}
	if d := cmp.Diff(want, meta); d != "" {
		t.Error(d)
	}
	f, table, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := table.Metadata().CreatedBy; got != "pcclip version 1 (build 0)" {
		t.Errorf("created by %q", got)
	}
	if s := table.Schema().String(); strings.Contains(s, "required") {
		t.Errorf("a required column in %s", s)
	}
}

func TestRefusedTables(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.parquet")
	type noList struct{ A []float32 }
	type noRule struct{ A map[string]int }
	cases := map[string]func() error{
		"slice without list": func() error { _, err := WriteTable(path, []noList{{}}, nil); return err },
		"map":                func() error { _, err := WriteTable(path, []noRule{{}}, nil); return err },
		"no struct":          func() error { _, err := WriteTable(path, []int{1}, nil); return err },
		"writer's own key":   func() error { _, err := WriteTable(path, []flat{}, map[string]string{"huggingface": ""}); return err },
		"no folder":          func() error { _, err := WriteTable(filepath.Join(dir, "no", "t"), []flat{}, nil); return err },
	}
	for name, do := range cases {
		if do() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAbortLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.parquet")
	if err := WriteFile(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	w, err := Create[flat](&Codec{}, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(flat{ID: "a"}); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if _, err := w.Close(); err == nil {
		t.Error("close after abort: no error")
	}
	b, err := os.ReadFile(path)
	left, _ := os.ReadDir(dir)
	if err != nil || string(b) != "old" || len(left) != 1 {
		t.Errorf("%q, %v, %v", b, err, left)
	}
}

func TestFileInfoIn(t *testing.T) {
	f, err := FileInfo{Path: "/run/shards/a"}.In("/run")
	if err != nil || f.Path != "shards/a" {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := (FileInfo{Path: "/other/a"}).In("/run"); err == nil {
		t.Error("no error for a file elsewhere")
	}
}
