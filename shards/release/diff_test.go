package release

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

func TestDiff(t *testing.T) {
	w := newWorld(t, 130, 30)
	before := w.freeze(t)
	const first = "data/train-00000-of-00002.parquet"
	edit := func(change func([]shards.Row) []shards.Row) func(string) {
		return func(dir string) {
			alter(t, dir, first, change)
			sign(t, dir)
		}
	}
	for name, tt := range map[string]struct {
		spoil                   func(dir string)
		added, removed, changed int64
		columns                 map[string]int64
		step                    Step
		version                 string
		says                    string
	}{
		"the same": {func(string) {}, 0, 0, 0, map[string]int64{}, NoStep, "1.0.0", "The same bytes as 1.0.0."},
		"another text": {func(dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "NOTICE"), []byte("x\n"), 0o644))
			sign(t, dir)
		}, 0, 0, 0, map[string]int64{}, Patch, "1.0.1", "0 added, 0 removed, 0 changed"},
		"changed": {edit(func(rows []shards.Row) []shards.Row {
			rows[2].Difference, rows[2].Kind, rows[5].Difference = "x", "y", "z"
			return rows
		}), 0, 0, 2, map[string]int64{"difference": 2, "kind": 1}, Major, "2.0.0", "column `difference` changed in 2 rows"},
		"renamed": {edit(func(rows []shards.Row) []shards.Row { rows[2].PairID = "new"; return rows }), 1, 1, 0, map[string]int64{}, Major, "2.0.0", "1 added, 1 removed"},
	} {
		t.Run(name, func(t *testing.T) {
			after := w.freeze(t)
			tt.spoil(after)
			d, err := Diff(t.Context(), before, after)
			must(t, err)
			if d.Added != tt.added || d.Removed != tt.removed || d.Changed != tt.changed || !cmp.Equal(d.Columns, tt.columns) || d.Step != tt.step || d.Version != tt.version {
				t.Errorf("%+v", d)
			}
			if text := d.Markdown(); !strings.HasPrefix(text, "## "+tt.version+"\n\n") || !strings.Contains(text, tt.says) {
				t.Errorf("%s", text)
			}
		})
	}
}

// A longer run adds rows.
func TestDiffOfALongerRun(t *testing.T) {
	short, long := newWorld(t, 60, 0), newWorld(t, 100, 0)
	d, err := Diff(t.Context(), short.freeze(t), long.freeze(t))
	must(t, err)
	if d.Step != Minor || d.Version != "1.1.0" || d.Added == 0 || d.Removed+d.Changed != 0 || len(d.Example.Added) != maxExamples {
		t.Errorf("%+v", d)
	}
	if text := d.Markdown(); !strings.Contains(text, "Funnel: planned 99, was 59") || !strings.Contains(text, "Answers by model: `m-1` 99, was 59") {
		t.Errorf("%s", text)
	}
}

func TestDiffRefuses(t *testing.T) {
	w := newWorld(t, 60, 0)
	dir := w.freeze(t)
	for _, pair := range [][2]string{{w.dir, dir}, {dir, w.dir}, {dir, t.TempDir()}} {
		if _, err := Diff(t.Context(), pair[0], pair[1]); fault.ExitCode(err) != fault.Usage {
			t.Errorf("%v: %v", pair, err)
		}
	}
}
