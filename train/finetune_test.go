//go:build libtorch

package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip"
)

// tiny is a CLIP with the real vocabulary and next to nothing else.
func tiny() clip.Config {
	return clip.Config{
		EmbedDim:   8,
		Vision:     clip.Vision{ImageSize: 16, PatchSize: 8, Width: 16, Layers: 1, HeadWidth: 8, MLPRatio: 4},
		Text:       clip.Text{Context: 77, Vocab: clip.TokenizerVocab, Width: 16, Heads: 2, Layers: 1, MLPRatio: 4},
		Preprocess: clip.DefaultPreprocess(),
	}
}

// job makes a model, embeddings and two shards of a small world in which the
// words of a difference tell its direction.
func job(t testing.TB) Job {
	t.Helper()
	dir := t.TempDir()
	weights := clip.Init(tiny(), 3)
	if err := clip.Save(filepath.Join(dir, "base"), tiny(), weights); err != nil {
		t.Fatal(err)
	}
	table := &Table{Weights: clip.Digest(weights), Preprocess: "test", Dimension: 8}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 12 {
		table.IDs = append(table.IDs, fmt.Sprint(i))
		for range 8 {
			table.Vectors = append(table.Vectors, float32(r.NormFloat64()))
		}
	}
	if err := WriteTable(filepath.Join(dir, "embeddings.parquet"), table); err != nil {
		t.Fatal(err)
	}
	words := []string{"red", "blue", "large", "small", "dog", "cat", "tree", "car", "sky", "sea", "one", "two"}
	var rows []shards.Row
	for a := range 12 {
		for b := range 12 {
			if a != b {
				text := fmt.Sprintf("The first image shows a %s, the second a %s.", words[a], words[b])
				rows = append(rows, shards.Row{PairID: fmt.Sprint(a, b), ImageIDA: fmt.Sprint(a), ImageIDB: fmt.Sprint(b), Difference: text})
			}
		}
	}
	var files []string
	for i, part := range [][]shards.Row{rows[:70], rows[70:]} {
		path := filepath.Join(dir, fmt.Sprintf("part-%d.parquet", i))
		if _, err := shards.WriteRows(path, part, nil); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	o, err := Preset("default")
	if err != nil {
		t.Fatal(err)
	}
	var captions []Caption
	for i, w := range words {
		captions = append(captions, Caption{fmt.Sprint(i), "a photo of a " + w}, Caption{fmt.Sprint(i), "the " + w})
	}
	o.Anchor, o.AnchorBatch, o.Centre = .1, 5, false
	o.LogEvery = 1
	o.Steps, o.Batch, o.LR, o.Deterministic, o.CheckpointEvery, o.Keep, o.Device, o.Trainable = 12, 33, 3e-3, true, 5, 0, "cpu", "text"
	return Job{
		Captions: captions, Model: filepath.Join(dir, "base"), Rows: Rows{From: dir, Shards: files}, Embeddings: filepath.Join(dir, "embeddings.parquet"),
		Dir: filepath.Join(dir, "train", "a"), Cache: filepath.Join(dir, "cache"), Options: o,
	}
}

// stopAfter cancels once n steps are done.
type stopAfter struct {
	NoProgress
	n      int64
	cancel context.CancelFunc
}

func (s *stopAfter) Add(n int64) {
	if s.n -= n; s.n <= 0 {
		s.cancel()
	}
}

func weightsOf(t testing.TB, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "model", "open_clip_model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFinetuneLearnsAndLeavesALoadableModel(t *testing.T) {
	j := job(t)
	j.Options.Steps = 150
	report, err := Finetune(t.Context(), j, NoProgress{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Steps != 150 || report.Differences != 132 || report.Digest == report.Base {
		t.Errorf("report is %+v", report)
	}
	_, trained, err := clip.Read(report.Model)
	if err != nil {
		t.Fatal(err)
	}
	if clip.Digest(trained) != report.Digest {
		t.Error("the saved model is not the trained one")
	}
	if first, last := ends(t, j.Dir); last.Cosine < first.Cosine+.3 || last.Loss > first.Loss-.2 {
		t.Errorf("from %+v to %+v: nothing was learned", first, last)
	}
}

// With a large weight the captions stay where they were; without one they move.
func TestAnchorHoldsCaptions(t *testing.T) {
	moved := func(weight float64) float64 {
		j := job(t)
		j.Options.Steps, j.Options.Anchor = 60, weight
		report, err := Finetune(t.Context(), j, NoProgress{})
		if err != nil {
			t.Fatal(err)
		}
		if _, last := ends(t, j.Dir); (last.Anchor > 0) != (weight > 0) {
			t.Errorf("weight %v: anchor loss %v", weight, last.Anchor)
		}
		far := 0.0
		was, now := captionVectors(t, j.Model, j.Captions), captionVectors(t, report.Model, j.Captions)
		for i := range was {
			far += 1 - cosine(was[i], now[i])
		}
		return far / float64(len(was))
	}
	free, held := moved(0), moved(30)
	if held > free/4 {
		t.Errorf("captions moved by %.4f without an anchor, by %.4f with one", free, held)
	}
}

func captionVectors(t *testing.T, model string, captions []Caption) [][]float32 {
	t.Helper()
	o := DefaultEmbed(model)
	o.Device = "cpu"
	enc, err := NewEncoder(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	var texts []string
	for _, c := range captions {
		texts = append(texts, c.Text)
	}
	vectors, err := enc.EmbedTexts(context.Background(), texts, NoProgress{})
	if err != nil {
		t.Fatal(err)
	}
	return vectors
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}

func TestOnlyTheChosenPartMoves(t *testing.T) {
	j := job(t)
	j.Options.Trainable = "blocks"
	report, err := Finetune(t.Context(), j, NoProgress{})
	if err != nil {
		t.Fatal(err)
	}
	onlyMoved(t, j.Model, report.Model, func(name string) bool { return strings.HasPrefix(name, "transformer.") })
}

// onlyMoved fails where another tensor than those that should differs between
// two models; it gives the tensors of the second.
func onlyMoved(t *testing.T, before, after string, should func(name string) bool) []clip.Weight {
	t.Helper()
	_, old, err := clip.Read(before)
	if err != nil {
		t.Fatal(err)
	}
	_, now, err := clip.Read(after)
	if err != nil {
		t.Fatal(err)
	}
	for i := range old {
		if moved := fmt.Sprint(old[i].Data) != fmt.Sprint(now[i].Data); moved != should(old[i].Name) {
			t.Errorf("%s moved: %v", old[i].Name, moved)
		}
	}
	return now
}

// Stopped anywhere and resumed, the weights and the metrics are those of a run
// that never stopped.
func TestResumeIsBitIdentical(t *testing.T) {
	j := job(t)
	if _, err := Finetune(t.Context(), j, NoProgress{}); err != nil {
		t.Fatal(err)
	}
	whole := j.Dir
	for _, stops := range [][]int64{{1}, {5}, {7, 3}} {
		j.Dir = filepath.Join(t.TempDir(), "again")
		j.Resume = true
		for _, n := range stops {
			ctx, cancel := context.WithCancel(context.Background())
			_, err := Finetune(ctx, j, &stopAfter{n: n + done(t, j.Dir), cancel: cancel})
			if fault.ExitCode(err) != fault.Interrupted || !errors.Is(err, context.Canceled) {
				t.Fatalf("stopped after %v: got %v", stops, err)
			}
		}
		if _, err := Finetune(t.Context(), j, NoProgress{}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(weightsOf(t, whole), weightsOf(t, j.Dir)) {
			t.Errorf("stopped after %v: other weights", stops)
		}
		if a, b := metricsOf(t, whole), metricsOf(t, j.Dir); !slices.Equal(a, b) {
			t.Errorf("stopped after %v: other metrics\n%s\n%s", stops, a, b)
		}
	}
}

// metricsOf gives the lines of metrics.jsonl without what depends on the clock.
func metricsOf(t testing.TB, dir string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range bytes.Lines(b) {
		var m Metric
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		m.Speed = nil
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(again))
	}
	return out
}

func done(t *testing.T, dir string) int64 {
	t.Helper()
	_, state, _, err := newestCheckpoint(dir)
	if err != nil {
		t.Fatal(err)
	}
	return int64(state.Step)
}

// ends gives the first and the last line of a training's metrics.
func ends(t *testing.T, dir string) (first, last Metric) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	for line, m := range map[int]*Metric{0: &first, len(lines) - 1: &last} {
		if err := json.Unmarshal(lines[line], m); err != nil {
			t.Fatal(err)
		}
	}
	return first, last
}

// What is measured is in the metrics and in the event file.
func TestMetricsTellTheSpeed(t *testing.T) {
	j := job(t)
	j.Options.PeakTFLOPS = .1
	finetune(t, j)
	_, last := ends(t, j.Dir)
	s := last.Speed
	if s == nil || s.Samples <= 0 || s.Tokens <= s.Samples || s.Padding < 0 || s.Padding >= 1 || s.Wait < 0 || s.Wait > 1 || s.Memory < 1<<20 || s.MFU <= 0 || s.MFU > 1 {
		t.Errorf("speed is %+v", s)
	}
	files, err := filepath.Glob(filepath.Join(j.Dir, "events.out.tfevents.*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("event files: %v %v", files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil || !bytes.Contains(b, []byte("train/grad_norm")) || !bytes.Contains(b, []byte("speed/padding_share")) {
		t.Errorf("event file: %v", err)
	}
}

// A profile has the operations of as many steps as were asked for, and is whole
// where the training ends before them.
func TestProfileRecordsSteps(t *testing.T) {
	for _, steps := range []int{2, 50} {
		j := job(t)
		j.Options.Steps, j.Options.Profile = 8, steps
		if _, err := Finetune(t.Context(), j, NoProgress{}); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(j.Dir, "profile.json"))
		if err != nil {
			t.Fatal(err)
		}
		var trace struct {
			TraceEvents []struct{ Name string }
		}
		if err := json.Unmarshal(b, &trace); err != nil {
			t.Fatal(err)
		}
		updates := 0
		for _, e := range trace.TraceEvents {
			if e.Name == "aten::_fused_adamw_" {
				updates++
			}
		}
		if want := min(steps, j.Options.Steps-warmUp); updates == 0 || updates%want != 0 {
			t.Errorf("%d updates in a profile of %d steps", updates, want)
		}
		if info, err := os.Stat(filepath.Join(j.Dir, "profile.pprof")); err != nil || info.Size() == 0 {
			t.Errorf("no profile of Go: %v", err)
		}
	}
}
