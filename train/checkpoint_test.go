package train

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func save(t *testing.T, dir string, step, keep int) {
	t.Helper()
	state := State{Step: step, Options: json.RawMessage(`{"lr":1}`), BaseDigest: "b", DataDigest: "d"}
	err := writeCheckpoint(dir, &state, keep, func(folder string) error {
		return os.WriteFile(filepath.Join(folder, "weights"), []byte{byte(step)}, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNewestCheckpointSkipsDamagedOnes(t *testing.T) {
	dir := t.TempDir()
	for _, step := range []int{1, 2, 3} {
		save(t, dir, step, 0)
	}
	damage := map[int]func(folder string){
		3: func(f string) { os.WriteFile(filepath.Join(f, "weights"), []byte{99}, 0o644) },
		2: func(f string) { os.Truncate(filepath.Join(f, "state.json"), 10) },
	}
	for step, harm := range damage {
		harm(filepath.Join(dir, stepFolder(step)))
	}
	folder, state, damaged, err := newestCheckpoint(dir)
	if err != nil || state.Step != 1 || filepath.Base(folder) != stepFolder(1) || len(damaged) != 2 {
		t.Fatalf("got %q, step %d, damaged %v, %v", folder, state.Step, damaged, err)
	}
	if _, err := readState(filepath.Join(dir, stepFolder(3))); !errors.Is(err, ErrDamaged) {
		t.Fatalf("a changed file reads as %v", err)
	}
}

func TestCheckpointsAreKeptByNumber(t *testing.T) {
	dir := t.TempDir()
	for step := 10; step <= 50; step += 10 {
		save(t, dir, step, 2)
	}
	folders, err := checkpoints(dir)
	if err != nil || len(folders) != 2 || filepath.Base(folders[0]) != stepFolder(40) {
		t.Fatalf("kept %v, %v", folders, err)
	}
}

func TestNoCheckpointIsNoError(t *testing.T) {
	folder, _, damaged, err := newestCheckpoint(filepath.Join(t.TempDir(), "none"))
	if folder != "" || damaged != nil || err != nil {
		t.Fatalf("got %q, %v, %v", folder, damaged, err)
	}
}

func TestStateNamesWhatChanged(t *testing.T) {
	s := State{Options: json.RawMessage("{\n \"lr\": 1}"), BaseDigest: "b", DataDigest: "d"}
	for _, c := range []struct{ options, base, data, want string }{
		{`{"lr":1}`, "b", "d", ""},
		{`{"lr":1}`, "x", "d", "base model"},
		{`{"lr":1}`, "b", "x", "set of differences or embeddings"},
	} {
		if got := s.changed([]byte(c.options), c.base, c.data); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
	if s.changed([]byte(`{"lr":2}`), "b", "d") == "" {
		t.Error("another step size goes unnoticed")
	}
}

func TestLeftoversAreSwept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [odd] name")
	save(t, dir, 1, 0)
	for _, name := range []string{".step-12", ".model-3", "model"} {
		if err := os.MkdirAll(filepath.Join(dir, name, "inside"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweep(dir); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 || entries[0].Name() != "model" || entries[1].Name() != stepFolder(1) {
		t.Errorf("left are %v, %v", entries, err)
	}
}
