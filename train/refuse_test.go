//go:build libtorch

package train

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip"
)

func TestFinetuneRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, j *Job)
		want  string
	}{
		"a finished name":  {func(t *testing.T, j *Job) { finetune(t, *j) }, "--resume"},
		"other options":    {func(t *testing.T, j *Job) { finetune(t, *j); j.Resume, j.Options.LR = true, 1 }, "begun with another set of options"},
		"other weights":    {func(t *testing.T, j *Job) { otherModel(t, j) }, "made by other weights"},
		"a missing model":  {func(t *testing.T, j *Job) { j.Model = "nowhere" }, "no such file or folder"},
		"missing vectors":  {func(t *testing.T, j *Job) { dropImage(t, j) }, "has no embedding"},
		"a damaged shard":  {func(t *testing.T, j *Job) { os.Truncate(j.Rows.Shards[1], 100) }, "damaged"},
		"vectors of NaN":   {func(t *testing.T, j *Job) { spoilVector(t, j) }, "is not finite"},
		"too many blocks":  {func(t *testing.T, j *Job) { j.Options.Trainable = "last:2" }, "give at most 1"},
		"one direction":    {func(t *testing.T, j *Job) { j.Options.Reversed = true }, "no row has a reversed difference"},
		"a state of old":   {func(t *testing.T, j *Job) { finetune(t, *j); j.Resume = true; ageState(t, j) }, "written as checkpoint/v1"},
		"no captions":      {func(t *testing.T, j *Job) { j.Captions = nil }, "--anchor 0"},
		"a large batch":    {func(t *testing.T, j *Job) { j.Options.Batch = 133 }, "give --batch 132 or less"},
		"another schema":   {func(t *testing.T, j *Job) { j.Rows.Shards[0] = j.Embeddings }, "column"},
		"an empty split":   {func(t *testing.T, j *Job) { emptyShards(t, j) }, "only 0 accepted differences"},
		"a huge step size": {func(t *testing.T, j *Job) { j.Options.LR = 1e30 }, "lower --lr"},
	} {
		t.Run(name, func(t *testing.T) {
			j := job(t)
			j.Options.Steps = 6
			c.spoil(t, &j)
			_, err := Finetune(t.Context(), j, NoProgress{})
			if err == nil || !bytes.Contains([]byte(err.Error()), []byte(c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if code := fault.ExitCode(err); code != fault.Usage && name != "a huge step size" {
				t.Errorf("exit code %d: %v", code, err)
			}
		})
	}
}

func emptyShards(t *testing.T, j *Job) {
	for _, path := range j.Rows.Shards {
		if _, err := shards.WriteRows(path, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func finetune(t *testing.T, j Job) {
	t.Helper()
	if _, err := Finetune(t.Context(), j, NoProgress{}); err != nil {
		t.Fatal(err)
	}
}

func otherModel(t *testing.T, j *Job) {
	t.Helper()
	if err := clip.Save(j.Model, tiny(), clip.Init(tiny(), 99)); err != nil {
		t.Fatal(err)
	}
}

func dropImage(t *testing.T, j *Job) {
	t.Helper()
	table, err := ReadTable(j.Embeddings, "")
	if err != nil {
		t.Fatal(err)
	}
	table.IDs = table.IDs[1:]
	table.Vectors = table.Vectors[table.Dimension:]
	if err := WriteTable(j.Embeddings, table); err != nil {
		t.Fatal(err)
	}
}

func spoilVector(t *testing.T, j *Job) {
	t.Helper()
	table, err := ReadTable(j.Embeddings, "")
	if err != nil {
		t.Fatal(err)
	}
	table.Vectors[3] = float32(math.NaN())
	if err := WriteTable(j.Embeddings, table); err != nil {
		t.Fatal(err)
	}
}

// ageState makes the checkpoints those of another version.
func ageState(t *testing.T, j *Job) {
	t.Helper()
	folders, err := checkpoints(j.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		path := filepath.Join(f, "state.json")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, bytes.Replace(b, []byte("checkpoint/v2"), []byte("checkpoint/v1"), 1), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
