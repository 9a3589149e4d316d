package eval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/eval"
)

// random embeds everything by a direction of its own.
type random struct{}

func (random) Texts(_ context.Context, keys []string) ([][]float32, error) {
	return vectors("text", keys), nil
}

func (random) Images(_ context.Context, keys []string) ([][]float32, error) {
	return vectors("image", keys), nil
}

func vectors(kind string, keys []string) [][]float32 {
	out := make([][]float32, len(keys))
	for i, k := range keys {
		seed := uint64(len(kind))
		for _, c := range kind + k {
			seed = seed*31 + uint64(c)
		}
		r := rand.New(rand.NewPCG(seed, 7))
		out[i] = make([]float32, 8)
		for d := range out[i] {
			out[i][d] = float32(r.NormFloat64() * 3)
		}
	}
	return out
}

// tasksOfAllKinds has some items of every kind.
func tasksOfAllKinds() []eval.Item {
	var items []eval.Item
	for i := range 40 {
		a, b := fmt.Sprintf("i%d", i), fmt.Sprintf("i%d", (i+7)%30)
		it := eval.Item{Kind: eval.KindDifference, Task: "d", ImageA: a, ImageB: b, Text: "t" + a, Reversed: "r" + a, CaptionA: "c" + a, CaptionB: "c" + b}
		second := it
		second.Order, second.Text = eval.OrderSecond, "s"+a
		delta := eval.Item{Kind: eval.KindDelta, Task: "m", ImageA: a, ImageB: b, Text: "t" + a}
		if i%3 == 0 {
			delta.Split = eval.SplitValidation
		}
		items = append(items, it, second, delta, eval.Item{Kind: eval.KindRetrieve, Task: "r", Image: b, Text: "c" + a})
		for _, split := range []string{"", eval.SplitValidation} {
			items = append(items, eval.Item{Kind: eval.KindClassify, Task: "k", Split: split, Image: a + split, Label: fmt.Sprintf("l%d", i%6)})
		}
	}
	for i := range 6 {
		l := fmt.Sprintf("l%d", i)
		items = append(items, eval.Item{Kind: eval.KindClass, Task: "k", Label: l, Text: "p" + l})
		for k := range 6 {
			if k != i {
				items = append(items, eval.Item{Kind: eval.KindComparison, Task: "k", ClassA: l, ClassB: fmt.Sprintf("l%d", k), Text: fmt.Sprintf("%s-%d", l, k)})
			}
		}
	}
	return items
}

// Every figure can be computed again outside, from the exported embeddings.
func TestFiguresCanBeRecomputed(t *testing.T) {
	python := os.Getenv("PCCLIP_PYTHON")
	if python == "" {
		python = "python3"
	}
	if out, err := exec.Command(python, "-c", "import numpy, pyarrow").CombinedOutput(); err != nil {
		t.Skipf("no Python with numpy and pyarrow (set PCCLIP_PYTHON): %s", strings.TrimSpace(string(out)))
	}
	items, record := tasksOfAllKinds(), &eval.Recorder{Embedder: random{}}
	report, err := eval.Score(t.Context(), items, record, eval.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	doc, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	tasks, scores := filepath.Join(dir, "tasks.jsonl"), filepath.Join(dir, "report.json")
	f, err := os.Create(tasks)
	if err != nil {
		t.Fatal(err)
	}
	if err := eval.WriteTasks(f, items); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := os.WriteFile(scores, doc, 0o644); err != nil {
		t.Fatal(err)
	}
	texts, images := filepath.Join(dir, "texts.parquet"), filepath.Join(dir, "images.parquet")
	for path, v := range map[string]eval.Vectors{texts: record.Text, images: record.Image} {
		if err := train.WriteTable(path, train.NewTable("weights", v.Keys, v.Values)); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "recompute.py"), tasks, texts, images, scores).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
