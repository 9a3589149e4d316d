package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The file is byte for byte what TensorBoard's own classes write
// (testdata/make_golden.py).
func TestFileEqualsTensorBoards(t *testing.T) {
	dir := t.TempDir()
	w, err := open(dir, 7, func() time.Time { return time.UnixMicro(1234567_500_000) })
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		w.Write(8, []Scalar{{"loss", 1.25}}),
		w.Write(300, []Scalar{{"loss", math.Float64frombits(0x7ff8000000000000)}, {"learning rate", 1e-8}}),
		w.Close())
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "events.out.tfevents.0000000007.pcclip"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/golden.bin")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%x, not\n%x", got, want)
	}
}

// TensorBoard itself reads the files, and forgets what a resumed training does
// again.
func TestTensorBoardReadsTheFiles(t *testing.T) {
	python := pythonWithTensorBoard(t)
	dir := t.TempDir()
	for _, session := range []struct{ after, until int }{{0, 6}, {4, 8}} {
		w, err := Open(dir, session.after)
		if err != nil {
			t.Fatal(err)
		}
		for step := session.after + 1; step <= session.until; step++ {
			if err := w.Write(step, []Scalar{{"loss", float64(100*session.after + step)}, {"top1", .5}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(python, "testdata/read_events.py", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	var read map[string][][2]float64
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if tags := slices.Sorted(maps.Keys(read)); !slices.Equal(tags, []string{"loss", "top1"}) {
		t.Errorf("tags are %v", tags)
	}
	want := [][2]float64{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 405}, {6, 406}, {7, 407}, {8, 408}}
	if !slices.Equal(read["loss"], want) {
		t.Errorf("loss is %v, not %v", read["loss"], want)
	}
}

// pythonWithTensorBoard finds $PYTHON or python3, and skips without TensorBoard.
func pythonWithTensorBoard(t *testing.T) string {
	t.Helper()
	python := os.Getenv("PYTHON")
	if python == "" {
		python = "python3"
	}
	if out, err := exec.Command(python, "-c", "import tensorboard").CombinedOutput(); err != nil {
		t.Skipf("no TensorBoard in %s ($PYTHON names another): %v %.80s", python, err, out)
	}
	return python
}
