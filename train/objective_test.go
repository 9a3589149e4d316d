//go:build libtorch

package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/loss"
)

// withReversed gives the rows of a job their reversed differences, but for every
// fourth.
func withReversed(t *testing.T, j *Job) {
	t.Helper()
	texts := map[string]string{}
	var parts [][]shards.Row
	for _, path := range j.Rows.Shards {
		var rows []shards.Row
		for row, err := range shards.ReadRows(path) {
			if err != nil {
				t.Fatal(err)
			}
			texts[row.ImageIDA+"/"+row.ImageIDB] = row.Difference
			rows = append(rows, row)
		}
		parts = append(parts, rows)
	}
	n := 0
	for i, rows := range parts {
		for k := range rows {
			if n++; n%4 != 0 {
				rows[k].DifferenceReversed = "Turned: " + texts[rows[k].ImageIDB+"/"+rows[k].ImageIDA]
			}
		}
		if err := os.Remove(j.Rows.Shards[i]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if _, err := shards.WriteRows(j.Rows.Shards[i], rows, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// Every way of training, stopped and resumed, ends in the bits of a run that
// never stopped.
func TestEveryWayResumesBitIdentical(t *testing.T) {
	for name, set := range map[string]func(t *testing.T, j *Job){
		"learned temperature": func(_ *testing.T, j *Job) { j.Options.Learning = loss.Learned },
		"clamped, masked": func(_ *testing.T, j *Job) {
			j.Options.Learning, j.Options.Masks = loss.Clamped, []loss.Mask{loss.Images, loss.Texts}
		},
		"both directions": func(t *testing.T, j *Job) {
			withReversed(t, j)
			j.Options.Reversed, j.Options.Masks = true, []loss.Mask{loss.Reverses}
		},
		"average, pull, clip":   func(_ *testing.T, j *Job) { j.Options.EMA, j.Options.L2Start, j.Options.Clip = .8, .1, .5 },
		"adapters, average":     func(_ *testing.T, j *Job) { j.Options.Trainable, j.Options.EMA = "lora:2", .8 },
		"last block":            func(_ *testing.T, j *Job) { j.Options.Trainable = "last:1" },
		"micro-batches":         func(_ *testing.T, j *Job) { j.Options.MicroBatch = 7 },
		"rare looks":            func(_ *testing.T, j *Job) { j.Options.LogEvery = 4 },
		"bad rows, skipped":     func(t *testing.T, j *Job) { poison(t, j); j.Options.OnNonfinite = Skip },
		"bad rows, rolled back": func(t *testing.T, j *Job) { poison(t, j); j.Options.OnNonfinite = Rollback; j.Options.LogEvery = 3 },
		"recomputed":            func(_ *testing.T, j *Job) { j.Options.Recompute = true },
		"bfloat16":              func(_ *testing.T, j *Job) { j.Options.Precision = BF16 },
		"bucketed":              func(_ *testing.T, j *Job) { j.Options.Bucket = 3 },
		"captions mixed in":     func(_ *testing.T, j *Job) { j.Options.CaptionLoss = .5 },
		"validated":             func(_ *testing.T, j *Job) { j.Validation, j.Options.ValidateEvery = Rows{Shards: j.Rows.Shards[1:]}, 2 },
	} {
		t.Run(name, func(t *testing.T) {
			j := job(t)
			set(t, &j)
			whole, err := Finetune(context.Background(), j, NoProgress{})
			if err != nil {
				t.Fatal(err)
			}
			dir := j.Dir
			j.Dir, j.Resume = filepath.Join(t.TempDir(), "again"), true
			for _, n := range []int64{3, 4} {
				ctx, cancel := context.WithCancel(context.Background())
				if _, err := Finetune(ctx, j, &stopAfter{n: n + done(t, j.Dir), cancel: cancel}); fault.ExitCode(err) != fault.Interrupted {
					t.Fatalf("stopped after %d: %v", n, err)
				}
			}
			again, err := Finetune(context.Background(), j, NoProgress{})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(weightsOf(t, dir), weightsOf(t, j.Dir)) {
				t.Error("other weights")
			}
			if a, b := metricsOf(t, dir), metricsOf(t, j.Dir); !slices.Equal(a, b) {
				t.Errorf("other metrics:\n%s\nnot\n%s", strings.Join(b, "\n"), strings.Join(a, "\n"))
			}
			if again.Nonfinite != whole.Nonfinite || fmt.Sprint(again.Best) != fmt.Sprint(whole.Best) && *again.Best != *whole.Best {
				t.Errorf("%+v, not %+v", again, whole)
			}
		})
	}
}

// poison spoils the embedding of one word, so that the texts with it have no
// finite embedding; the image embeddings and captions do not know it.
func poison(t *testing.T, j *Job) {
	t.Helper()
	config, weights, err := clip.Read(j.Model)
	if err != nil {
		t.Fatal(err)
	}
	j.Options.Trainable, j.Options.Anchor = "blocks", 0
	var nan float32
	nan /= nan
	for _, w := range weights {
		if w.Name == "token_embedding.weight" {
			copy(w.Data[spoiled*config.Text.Width:], []float32{nan})
		}
	}
	if err := clip.Save(j.Model, config, weights); err != nil {
		t.Fatal(err)
	}
	table, err := ReadTable(j.Embeddings, "")
	if err != nil {
		t.Fatal(err)
	}
	table.Weights = clip.Digest(weights)
	if err := WriteTable(j.Embeddings, table); err != nil {
		t.Fatal(err)
	}
	respell(t, j, "1 4", "A zebra.")
}

// spoiled is the id of "zebra</w>".
const spoiled = 22548

// respell replaces the text of a pair.
func respell(t *testing.T, j *Job, pair, text string) {
	t.Helper()
	for _, path := range j.Rows.Shards {
		var rows []shards.Row
		for row, err := range shards.ReadRows(path) {
			if err != nil {
				t.Fatal(err)
			}
			if row.PairID == pair {
				row.Difference = text
			}
			rows = append(rows, row)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := shards.WriteRows(path, rows, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStepsThatAreNotFinite(t *testing.T) {
	j := job(t)
	poison(t, &j)
	j.Options.LogEvery = 5
	_, err := Finetune(context.Background(), j, NoProgress{})
	if err == nil || !strings.Contains(err.Error(), "(pair 1 4)") || !strings.Contains(err.Error(), "of which 1 are not finite") || !strings.Contains(err.Error(), "step ") {
		t.Fatalf("stop: %v", err)
	}
	if fault.ExitCode(err) == 0 {
		t.Error("exit code 0")
	}
	for _, policy := range []OnNonfinite{Skip, Rollback} {
		j.Dir, j.Options.OnNonfinite = filepath.Join(t.TempDir(), "p"), policy
		report, err := Finetune(context.Background(), j, NoProgress{})
		if err != nil {
			t.Fatalf("%s: %v", policy, err)
		}
		// 12 steps of 4 to an epoch: the pair comes three times.
		if report.Nonfinite != 3 || report.Steps != 12 {
			t.Errorf("%s: %+v", policy, report)
		}
		_, weights, err := clip.Read(report.Model)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range weights {
			if w.Name != "token_embedding.weight" && !finite(w.Data) {
				t.Errorf("%s: %s is not finite", policy, w.Name)
			}
		}
	}
}

// A training that is never finite ends, whatever is asked for.
func TestHopelessTrainingsEnd(t *testing.T) {
	for _, policy := range []OnNonfinite{Stop, Skip, Rollback} {
		j := job(t)
		j.Options.LR, j.Options.Steps, j.Options.OnNonfinite, j.Options.LogEvery = 1e30, 60, policy, 2
		_, err := Finetune(context.Background(), j, NoProgress{})
		if err == nil || !strings.Contains(err.Error(), "not finite") {
			t.Errorf("%q: %v", policy, err)
		}
	}
}

// A pull to the start keeps the weights nearer to it, and so does an average.
func TestWhatHoldsTheWeights(t *testing.T) {
	away := func(set func(o *Options)) float64 {
		j := job(t)
		j.Options.Anchor = 0
		set(&j.Options)
		report, err := Finetune(context.Background(), j, NoProgress{})
		if err != nil {
			t.Fatal(err)
		}
		_, before, _ := clip.Read(j.Model)
		_, after, _ := clip.Read(report.Model)
		sum := 0.0
		for i := range before {
			for k := range before[i].Data {
				d := float64(after[i].Data[k] - before[i].Data[k])
				sum += d * d
			}
		}
		return sum
	}
	free := away(func(*Options) {})
	if pulled := away(func(o *Options) { o.L2Start = 10 }); pulled > free/2 {
		t.Errorf("pulled: %g, free: %g", pulled, free)
	}
	if averaged := away(func(o *Options) { o.EMA = .9 }); averaged > free/2 {
		t.Errorf("averaged: %g, free: %g", averaged, free)
	}
}

// A learned temperature moves, a clamped one stays between its bounds.
func TestTemperatureIsLearned(t *testing.T) {
	j := job(t)
	j.Options.Steps, j.Options.Learning, j.Options.Temperature = 60, loss.Learned, .2
	if _, err := Finetune(context.Background(), j, NoProgress{}); err != nil {
		t.Fatal(err)
	}
	first, last := ends(t, j.Dir)
	if first.Temperature == 0 || last.Temperature == first.Temperature {
		t.Errorf("from %v to %v", first.Temperature, last.Temperature)
	}
	j = job(t)
	j.Options.Learning, j.Options.LR = loss.Clamped, .3
	if _, err := Finetune(context.Background(), j, NoProgress{}); err != nil {
		t.Fatal(err)
	}
	if _, last := ends(t, j.Dir); last.Temperature < .0099 || last.Temperature > 1.0001 {
		t.Errorf("clamped at %v", last.Temperature)
	}
}

// A pair's reversed difference follows it, with the images turned round.
func TestReversedDifferences(t *testing.T) {
	j := job(t)
	withReversed(t, &j)
	table, err := ReadTable(j.Embeddings, "")
	if err != nil {
		t.Fatal(err)
	}
	table.normalise()
	d, err := loadDifferences(context.Background(), j, source{Rows: j.Rows, reversed: true}, table, 77)
	if err != nil {
		t.Fatal(err)
	}
	if d.len() != 132 || d.oneWay != 33 {
		t.Fatalf("%d samples, %d one way", d.len(), d.oneWay)
	}
	d.number()
	b := d.batch([]int{2, 3, 0}) // the second has no reversed difference
	if len(b.texts) != 5 || len(b.pairs) != 5 || b.pairs[0] != b.pairs[1] || b.pairs[2] == b.pairs[3] {
		t.Fatalf("%d texts of pairs %v", len(b.texts), b.pairs)
	}
	for k := range d.dim {
		if b.deltas[k] != -b.deltas[d.dim+k] {
			t.Fatal("the reversed difference has another delta than the reversed one")
		}
	}
	if b.rows.A[0] != b.rows.B[1] || b.rows.B[0] != b.rows.A[1] || b.rows.Text[0] == b.rows.Text[1] {
		t.Errorf("rows are %+v", b.rows)
	}
	plain, err := loadDifferences(context.Background(), j, source{Rows: j.Rows}, table, 77)
	if err != nil {
		t.Fatal(err)
	}
	if got := plain.batch([]int{2, 3, 0}); len(got.texts) != 3 || plain.digest == d.digest {
		t.Errorf("without: %d texts, digest %v", len(got.texts), plain.digest == d.digest)
	}
}

// The best model by the validation rows is kept as it was.
func TestBestModelIsKept(t *testing.T) {
	j := job(t)
	j.Validation, j.Options.ValidateEvery, j.Options.Steps, j.Options.Best = Rows{Shards: j.Rows.Shards[:1]}, 3, 14, "top1"
	report, err := Finetune(context.Background(), j, NoProgress{})
	if err != nil {
		t.Fatal(err)
	}
	best, looks := -1.0, 0
	for _, line := range metricsOf(t, j.Dir) {
		if _, rest, ok := strings.Cut(line, `"validation":{`); ok {
			var l, top float64
			var rows int
			if _, err := fmt.Sscanf(rest, `"loss":%g,"top1":%g,"rows":%d`, &l, &top, &rows); err != nil {
				t.Fatal(err)
			}
			if rows != 70 {
				t.Errorf("%d rows", rows)
			}
			best, looks = max(best, top), looks+1
		}
	}
	if looks != 5 || report.Best == nil || report.Best.Value != best || report.Best.Metric != "top1" {
		t.Errorf("%d looks, best %v, report %+v", looks, best, report.Best)
	}
	if _, _, err := clip.Read(filepath.Join(j.Dir, "best")); err != nil {
		t.Error(err)
	}
}

// The more alike half of the pairs and the less alike one are all pairs, and no
// pair of one is more alike than one of the other.
func TestAlikePairsAreKept(t *testing.T) {
	all := loaded(t, job(t))
	half := func(from, to float64) *differences {
		j := job(t)
		j.Options.AlikeFrom, j.Options.AlikeTo = from, to
		return loaded(t, j)
	}
	unlike, alike := half(0, .5), half(.5, 1)
	if unlike.len() != all.len()/2 || unlike.len()+alike.len() != all.len() {
		t.Fatalf("%d and %d of %d samples", unlike.len(), alike.len(), all.len())
	}
	most, least := -1., 1.
	seen := map[int]bool{}
	for i := range unlike.len() {
		most, seen[unlike.first[i]] = max(most, unlike.cosine(i)), true
	}
	for i := range alike.len() {
		least, seen[alike.first[i]] = min(least, alike.cosine(i)), true
		a, _ := alike.set.Images(alike.first[i])
		if row, _ := alike.table.Row(a); int(alike.a[i]) != row {
			t.Errorf("sample %d has the image of another", i)
		}
	}
	if most > least || len(seen) != all.len() || !slices.IsSorted(alike.first) {
		t.Errorf("most alike %g of the unlike, least %g of the alike, %d different, in order %v", most, least, len(seen), slices.IsSorted(alike.first))
	}
}
