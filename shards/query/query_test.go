//go:build cgo

package query

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// folder makes a run under an awkward name, with two shards of two rows each.
func folder(t *testing.T, layout string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), `run "x" it's [a] * ? 100%`)
	if err := os.MkdirAll(filepath.Join(root, layout), 0o755); err != nil {
		t.Fatal(err)
	}
	tokens := int64(7)
	for k, rows := range [][]shards.Row{
		{{PairID: "a", Split: "train", CaptionA: "A \"cat\",\nasleep", PromptTokens: &tokens}, {PairID: "b", Split: "train"}},
		{{PairID: "c", Split: "train", Difference: "Image 1 is bigger."}, {PairID: "d", Split: "validation"}},
	} {
		if _, err := shards.WriteRows(filepath.Join(root, layout, "train-part-0000"+string('0'+rune(k))+".parquet"), rows, nil); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func open(t *testing.T, root string) *DB {
	t.Helper()
	db, err := Open(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func ask(t *testing.T, db *DB, sql string) string {
	t.Helper()
	res, err := db.Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var b strings.Builder
	if err := WriteJSON(&b, res); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if !json.Valid([]byte(b.String())) {
		t.Fatalf("%s: no JSON: %s", sql, b.String())
	}
	return strings.ReplaceAll(b.String(), "\n", "")
}

func TestViewsOfRunAndRelease(t *testing.T) {
	for _, layout := range []string{"shards", "data", "."} {
		db := open(t, folder(t, layout))
		if got := ask(t, db, "SELECT count(*) n, count(prompt_tokens) k, max(pair_id) m FROM rows"); got != `[{"n":4,"k":1,"m":"d"}]` {
			t.Errorf("%s: %s", layout, got)
		}
		if got := ask(t, db, "SELECT count(*) n, sum(prompt_tokens) s FROM rejected"); got != `[{"n":0,"s":null}]` {
			t.Errorf("%s: %s", layout, got)
		}
		if d := cmp.Diff([]string{"rows", "rejected"}, db.Views()); d != "" {
			t.Error(d)
		}
	}
}

func TestEmptyFolderHasColumns(t *testing.T) {
	db := open(t, t.TempDir())
	want, err := shards.Columns[shards.Row]()
	if err != nil {
		t.Fatal(err)
	}
	for _, view := range []string{"rows", "rejected"} {
		res, err := db.Query(t.Context(), "FROM "+view)
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Columns) != len(want) || res.Columns[0] != (Column{"pair_id", "VARCHAR"}) {
			t.Errorf("%s: columns %v", view, res.Columns)
		}
		for i, c := range res.Columns {
			if c.Name != want[i].Name {
				t.Errorf("%s: column %d is %s, not %s", view, i, c.Name, want[i].Name)
			}
		}
		if err := errors.Join(res.Close(), res.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestImagesAndUnfinishedFiles(t *testing.T) {
	root := folder(t, "shards")
	type image struct {
		ID     string    `parquet:"id"`
		Vector []float32 `parquet:"vector,list"`
	}
	if _, err := shards.WriteTable(filepath.Join(root, "images.parquet"), []image{{"i", []float32{0, 0.5}}, {"j", nil}}, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "shards", ".train-part-00002.parquet.123"), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "shards", "notes.txt"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	db := open(t, root)
	if got := ask(t, db, "SELECT id, vector FROM images ORDER BY id"); got != `[{"id":"i","vector":[0,0.5]},{"id":"j","vector":null}]` {
		t.Error(got)
	}
	if got := ask(t, db, "SELECT count(*) n FROM rows"); got != `[{"n":4}]` {
		t.Error(got)
	}
}

func TestGoldenShard(t *testing.T) {
	root := t.TempDir()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "golden.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(root, "data"), 0o755), os.WriteFile(filepath.Join(root, "data", "train-00000-of-00001.parquet"), b, 0o644)); err != nil {
		t.Fatal(err)
	}
	db := open(t, root)
	want := `[{"n":200,"ids":200,"seeds":150,"s":15000,"repairs":50,"longest":120,"tokens":8594,"kinds":2}]`
	if got := ask(t, db, `SELECT count(*) n, count(DISTINCT pair_id) ids, count(seed) seeds, sum(seed) s, count(repairs) repairs,
		max(length(difference)) longest, sum(prompt_tokens) tokens, count(DISTINCT kind) kinds FROM rows`); got != want {
		t.Error(got)
	}
	if got := ask(t, db, "SELECT count(*) n FROM rows WHERE seed IS NULL AND repairs = 'trim'"); got != `[{"n":50}]` {
		t.Error(got)
	}
}

func TestCells(t *testing.T) {
	db := open(t, t.TempDir())
	for sql, want := range map[string]string{
		"1::TINYINT":                    `1`,
		"18446744073709551615::UBIGINT": `18446744073709551615`,
		"170141183460469231731687303715884105727::HUGEINT": `170141183460469231731687303715884105727`,
		"-1.50::DECIMAL(9,2)":                              `-1.50`,
		"0.05::DECIMAL(4,3)":                               `0.050`,
		"0::DECIMAL(4,2)":                                  `0.00`,
		"0.1::FLOAT":                                       `0.1`,
		"1e300::DOUBLE":                                    `1e+300`,
		"'nan'::DOUBLE":                                    `null`,
		"NULL":                                             `null`,
		"true":                                             `true`,
		"'é\"<'":                                           `"é\"<"`,
		"DATE '2026-01-02'":                                `"2026-01-02"`,
		"TIME '01:02:03.5'":                                `"01:02:03.5"`,
		"TIMESTAMP '2026-01-02 03:04:05'":                  `"2026-01-02 03:04:05"`,
		"TIMESTAMPTZ '2026-01-02 03:04:05.25+02'":      `"2026-01-02 01:04:05.25+00"`,
		"INTERVAL '14 months -3 days 90 minutes'":      `"1 year 2 months -3 days 01:30:00"`,
		"'a\\x00\\xFF'::BLOB":                          `"a\\x00\\xFF"`,
		"'00112233-4455-6677-8899-aabbccddeeff'::UUID": `"00112233-4455-6677-8899-aabbccddeeff"`,
		"'101'::BIT":          `"101"`,
		"'a'::ENUM('a', 'b')": `"a"`,
		"[1, NULL, 3]":        `[1,null,3]`,
		"[DATE '2026-01-02']": `["2026-01-02"]`,
		"[1.5, 2]::FLOAT[2]":  `[1.5,2]`,
		"{'z': 1, 'a': [DATE '2026-01-02'], 'd': 1.10::DECIMAL(3,2)}": `{"z":1,"a":["2026-01-02"],"d":1.10}`,
		"MAP {'k': 1, 'j': 2}":                `{"k":1,"j":2}`,
		"union_value(d := DATE '2026-01-02')": `"2026-01-02"`,
		"'{\"b\": [1, null]}'::JSON":          `{"b":[1,null]}`,
		"[]":                                  `[]`,
	} {
		if got := ask(t, db, "SELECT "+sql+" AS v"); got != `[{"v":`+want+`}]` {
			t.Errorf("%s: %s, not %s", sql, got, want)
		}
	}
}

func TestStatementsThatRead(t *testing.T) {
	db := open(t, folder(t, "shards"))
	for _, sql := range []string{
		"FROM rows LIMIT 1", "DESCRIBE rows", "SHOW TABLES", "SUMMARIZE rows", "EXPLAIN FROM rows", "EXPLAIN ANALYZE FROM rows",
		"WITH t AS (FROM rows) SELECT * FROM t;", "VALUES (1)", "SELECT 1 -- comment\n;", "PIVOT rows ON split IN ('train') USING count(*)",
	} {
		ask(t, db, sql)
	}
}

func TestRefusedStatements(t *testing.T) {
	root := folder(t, "shards")
	shard := filepath.Join(root, "shards", "train-part-00000.parquet")
	before, err := os.ReadFile(shard)
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, root)
	outside := filepath.Join(t.TempDir(), "out")
	for _, sql := range []string{
		"", "  \n", "SELEC 1", "SELECT nothing FROM rows", "FROM nowhere", "SELECT 1; SELECT 2", "SELECT ?", "SELECT 'x'::INTEGER", ";",
		"COPY rows TO " + quoteText(shard) + " (FORMAT parquet, USE_TMP_FILE false)", "COPY rows TO " + quoteText(outside),
		"EXPORT DATABASE " + quoteText(outside), "ATTACH " + quoteText(outside), "INSTALL httpfs", "LOAD httpfs", "SET memory_limit = '1TB'",
		"SET enable_external_access = true", "CREATE TABLE t (a INT)", "DROP VIEW rows", "PRAGMA enable_profiling", "CALL pragma_version()",
		"FROM read_text('/etc/hostname')", "FROM read_csv('/etc/hostname')", "FROM glob('/etc/*')", "FROM 'https://127.0.0.1:1/x.parquet'",
		"PREPARE p AS SELECT 1", "EXPLAIN ANALYZE COPY rows TO " + quoteText(outside),
	} {
		res, err := db.Query(t.Context(), sql)
		if err == nil {
			var b strings.Builder
			err = WriteJSON(&b, res)
		}
		if fault.ExitCode(err) != fault.Usage || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "LINE 1") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if after, err := os.ReadFile(shard); err != nil || !cmp.Equal(before, after) {
		t.Errorf("a shard was changed: %v", err)
	}
	if _, err := os.Stat(outside); err == nil {
		t.Error("a file was written")
	}
}

func TestDamagedShard(t *testing.T) {
	root := folder(t, "shards")
	if err := os.WriteFile(filepath.Join(root, "shards", "train-part-00001.parquet"), []byte("PAR1 no PAR1"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), root)
	if !errors.Is(err, shards.ErrCorrupt) || !strings.Contains(err.Error(), "train-part-00001.parquet") || fault.ExitCode(err) != fault.Failed {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(dir, "linked")
	if err := errors.Join(os.MkdirAll(filepath.Join(linked, "shards"), 0o755), os.Symlink(file, filepath.Join(linked, "shards", "a.parquet"))); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{filepath.Join(dir, "none"), file, linked} {
		if _, err := Open(t.Context(), root); fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s: %v", root, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	db := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	res, err := db.Query(ctx, "FROM range(100000)")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err = range res.Rows() {
		if n++; n == 10 {
			cancel()
		}
	}
	if !errors.Is(err, context.Canceled) || n > 20 {
		t.Errorf("%d rows, %v", n, err)
	}
	if _, err := db.Query(ctx, "SELECT 1"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestQueriesAtOnce(t *testing.T) {
	db := open(t, folder(t, "shards"))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			res, err := db.Query(t.Context(), "SELECT count(*) FROM rows, range(1000)")
			if err != nil {
				t.Error(err)
				return
			}
			for row, err := range res.Rows() {
				if err != nil || row[0] != int64(4000) {
					t.Error(row, err)
				}
			}
		})
	}
	group.Wait()
}

func TestCSVComesBack(t *testing.T) {
	db := open(t, folder(t, "shards"))
	res, err := db.Query(t.Context(), `SELECT caption_a, prompt_tokens AS "a,b", '' AS empty, [1, 2] AS l FROM rows WHERE pair_id IN ('a', 'b') ORDER BY pair_id`)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := WriteCSV(&b, res); err != nil {
		t.Fatal(err)
	}
	want := "caption_a,\"a,b\",empty,l\n\"A \"\"cat\"\",\nasleep\",7,\"\",\"[1,2]\"\n,,\"\",\"[1,2]\"\n"
	if b.String() != want {
		t.Errorf("%q", b.String())
	}
	got, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil || len(got) != 3 || got[1][0] != "A \"cat\",\nasleep" {
		t.Errorf("%q, %v", got, err)
	}
}
