//go:build libtorch

package train

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/loss"
	"github.com/pcclip/pcclip/train/torch"
)

// goldenRun is what PyTorch made of a training (testdata/make_golden.py).
type goldenRun struct {
	Losses, Norms []float64
	Temperature   float64
	Moved         map[string]float64
}

// goldenInput is what it made it of.
type goldenInput struct {
	Options Options       `json:"options"`
	Batches []goldenBatch `json:"batches"`
}

type goldenBatch struct {
	Texts    [][]int32 `json:"texts"`
	Deltas   []float32 `json:"deltas"`
	A        []int64   `json:"a"`
	B        []int64   `json:"b"`
	Text     []int64   `json:"text"`
	Captions [][]int32 `json:"captions"`
	Vectors  []float32 `json:"vectors"`
}

// goldenJobs are the trainings, one for each objective and what goes with it.
func goldenJobs(t *testing.T) map[string]Job {
	t.Helper()
	jobs := map[string]Job{}
	for name, set := range map[string]func(j *Job){
		"plain":   func(j *Job) { j.Options.Trainable, j.Options.Anchor = "blocks", 0 },
		"squared": func(j *Job) { j.Options.Objective = Squared },
		"centred": func(j *Job) { j.Options.Centre = true },
		"learned": func(j *Job) {
			j.Options.Learning, j.Options.Temperature, j.Options.Clip, j.Options.WeightDecay = loss.Learned, .3, .5, .1
		},
		"everything": func(j *Job) {
			withReversed(t, j)
			j.Options.Reversed, j.Options.Learning, j.Options.Temperature, j.Options.MicroBatch = true, loss.Clamped, .02, 9
			j.Options.Masks, j.Options.L2Start, j.Options.EMA = []loss.Mask{loss.Images, loss.Reverses, loss.Texts}, .5, .8
		},
	} {
		j := job(t)
		j.Options.Eps = 1e-4 // rounding of gradients that are zero is no direction
		set(&j)
		jobs[name] = j
	}
	return jobs
}

// Loss, gradient norm, temperature and the weights of whole trainings are those
// of a loop in PyTorch.
func TestTrainingEqualsPyTorch(t *testing.T) {
	jobs := goldenJobs(t)
	if dir := os.Getenv("PCCLIP_GOLDEN_INPUTS"); dir != "" {
		writeGoldenInputs(t, dir, jobs)
		t.Skip("the inputs are written, nothing is compared")
	}
	b, err := os.ReadFile(filepath.Join("testdata", "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]goldenRun
	if err := json.Unmarshal(b, &golden); err != nil {
		t.Fatal(err)
	}
	for name, j := range jobs {
		t.Run(name, func(t *testing.T) { compareTraining(t, j, golden[name]) })
	}
}

func compareTraining(t *testing.T, j Job, want goldenRun) {
	report, err := Finetune(context.Background(), j, NoProgress{})
	if err != nil {
		t.Fatal(err)
	}
	lines := metricsOf(t, j.Dir)
	if len(lines) != len(want.Losses) {
		t.Fatalf("%d steps, not %d", len(lines), len(want.Losses))
	}
	for i, line := range lines {
		var m Metric
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		near(t, "loss", m.Loss, want.Losses[i], 2e-5)
		near(t, "gradient norm", m.GradNorm, want.Norms[i], 1e-3)
		if i == len(lines)-1 && j.Options.Learning != loss.Fixed {
			near(t, "temperature", m.Temperature, want.Temperature, 1e-4)
		}
	}
	_, before, _ := clip.Read(j.Model)
	_, after, _ := clip.Read(report.Model)
	for i := range before {
		sum := 0.0
		for k := range before[i].Data {
			sum += math.Pow(float64(after[i].Data[k])-float64(before[i].Data[k]), 2)
		}
		near(t, "distance of "+before[i].Name, math.Sqrt(sum), want.Moved[before[i].Name], 2e-3)
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if d := math.Abs(got - want); !(d <= tolerance*max(math.Abs(want), 1e-3)) {
		t.Errorf("%s is %v, not %v", what, got, want)
	}
}

// writeGoldenInputs writes what make_golden.py reads.
func writeGoldenInputs(t *testing.T, dir string, jobs map[string]Job) {
	t.Helper()
	inputs := map[string]goldenInput{}
	for name, j := range jobs {
		config, weights, err := clip.Read(j.Model)
		if err != nil {
			t.Fatal(err)
		}
		if err := clip.Save(filepath.Join(dir, "model"), config, weights); err != nil {
			t.Fatal(err)
		}
		inputs[name] = goldenInput{Options: j.Options, Batches: batchesOf(t, j)}
	}
	b, err := json.Marshal(inputs)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "runs.json"), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func batchesOf(t *testing.T, j Job) []goldenBatch {
	t.Helper()
	th, err := torch.Start(torch.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer th.Close()
	f, err := prepare(context.Background(), th, j)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	var out []goldenBatch
	for n := range f.steps() {
		b := f.gather(n)
		out = append(out, goldenBatch{Texts: b.texts, Deltas: b.deltas, A: b.rows.A, B: b.rows.B, Text: b.rows.Text, Captions: b.captions, Vectors: b.vectors})
	}
	return out
}
