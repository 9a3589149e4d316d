package tasks

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/train/eval"
)

func testTasks(t *testing.T) ([]eval.Item, []world.Image) {
	t.Helper()
	images := map[string][]world.Image{}
	for _, split := range world.Splits() {
		if split.Name != "pretrain" {
			images[split.Name] = world.DrawSplit(3, split)
		}
	}
	return Draw(3, world.Writer{Seed: 3}, images, Pairs), images["test"]
}

func TestTasksAreWhole(t *testing.T) {
	items, _ := testTasks(t)
	n := map[string]int{}
	for _, it := range items {
		n[it.Kind+" "+it.Task+" "+it.Order]++
	}
	for key, atLeast := range map[string]int{
		"difference size first": 500, "difference size second": 500, "difference colour first": 560, "difference shape first": 495,
		"difference list first": 450, "difference list second": 450, "difference free first": 400, "difference free held first": 400,
		"difference list held first": 450, "difference number first": 500, "difference count second": 500, "difference light first": 500,
		"class colour+shape ": 48, "class colour ": 8, "classify shape ": 1000, "retrieve captions ": 500,
		"difference has not first": 450, "class colour+shape described ": 48, "comparison colour+shape ": 576, "delta free delta ": 550,
	} {
		if n[key] < atLeast {
			t.Errorf("%d items of %q, want %d or more", n[key], key, atLeast)
		}
	}
	var b, again bytes.Buffer
	others, _ := testTasks(t)
	if err := errors.Join(eval.WriteTasks(&b, items), eval.WriteTasks(&again, others)); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("two task files of one world: %v", err)
	}
	path := filepath.Join(t.TempDir(), "tasks.jsonl")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := eval.ReadTasks(path); err != nil {
		t.Error(err)
	}
}

// What a size or colour text says of its images is true, and its reverse false.
func TestTaskTextsAreTrue(t *testing.T) {
	items, test := testTasks(t)
	scene := func(name string) world.Scene {
		for i := range test {
			if world.FileName("test", i) == name {
				return test[i].Scene
			}
		}
		t.Fatalf("no image %s", name)
		return world.Scene{}
	}
	checked := 0
	for _, it := range items {
		if it.Kind != eval.KindDifference || it.Task != "size" && it.Task != "colour" || checked > 400 {
			continue
		}
		checked++
		a, b := scene(it.ImageA), scene(it.ImageB)
		x, y := a.Colour, b.Colour
		if it.Task == "size" {
			x, y = "larger", "smaller"
			if a.Size == "small" {
				x, y = y, x
			}
		}
		if it.Order == eval.OrderSecond {
			x, y = y, x
		}
		if i, j := strings.Index(it.Text, x), strings.LastIndex(it.Text, y); i < 0 || j >= 0 && i > j {
			t.Fatalf("%q of %s %s and %s %s", it.Text, a.Size, a.Colour, b.Size, b.Colour)
		}
		if it.Text == it.Reversed {
			t.Fatalf("%q is its own reverse", it.Text)
		}
	}
}
