package release

import (
	"cmp"
	"os"
	"os/exec"
	"testing"
)

// PCCLIP_PYTHON names the interpreter with mlcroissant, datasets, polars, pandas,
// pyarrow and duckdb; without it python3 is asked.
func TestOtherToolsLoadARelease(t *testing.T) {
	python := cmp.Or(os.Getenv("PCCLIP_PYTHON"), "python3")
	if out, err := exec.Command(python, "-c", "import mlcroissant, datasets, polars, pandas, pyarrow, duckdb").CombinedOutput(); err != nil {
		t.Skipf("%s has not all of mlcroissant, datasets, polars, pandas, pyarrow, duckdb: %v %s", python, err, out)
	}
	o := newWorld(t, 130, 30).options(t)
	o.Date = "2026-01-02"
	must(t, Freeze(t.Context(), o))
	cmd := exec.Command(python, "testdata/load.py", o.Out, t.TempDir())
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1", "HF_DATASETS_OFFLINE=1")
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
