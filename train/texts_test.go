//go:build libtorch

package train

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards"
)

// loaded gives the samples of a job, and its unit embeddings.
func loaded(t *testing.T, j Job) *differences {
	t.Helper()
	table, err := ReadTable(j.Embeddings, "")
	if err != nil {
		t.Fatal(err)
	}
	table.normalise()
	o := j.Options
	d, err := loadDifferences(context.Background(), j, source{Rows: j.Rows, on: o.On, reversed: o.Reversed, alike: [2]float64{o.AlikeFrom, o.AlikeTo}, control: o.Control, seed: o.Seed}, table, 77)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// onCaptions turns a job into one on two captions of each image.
func onCaptions(j *Job) {
	j.Options = j.Options.Training(Captions)
	j.Rows = Rows{From: "test"}
	for i := range 12 {
		j.Rows.Captions = append(j.Rows.Captions, Caption{fmt.Sprint(i), fmt.Sprintf("A photo of thing %d.", i)}, Caption{fmt.Sprint(i), fmt.Sprintf("%d of them.", i)})
	}
	j.Options.Batch = 12
}

// rewritten turns a job into one on rewritten captions as a run has them: one
// row for each pair, the same text for each pair of the same first image.
func rewritten(t *testing.T, j *Job) {
	j.Options = j.Options.Training(Rewrites)
	var rows []shards.Row
	for a := range 12 {
		for b := range 3 {
			rows = append(rows, shards.Row{PairID: fmt.Sprint(a, b), ImageIDA: fmt.Sprint(a), ImageIDB: fmt.Sprint((a + b + 1) % 12), Difference: fmt.Sprintf("Thing %d, in a photo.", a)})
		}
	}
	path := filepath.Join(t.TempDir(), "rewrites.parquet")
	if _, err := shards.WriteRows(path, rows, nil); err != nil {
		t.Fatal(err)
	}
	j.Rows, j.Options.Batch = Rows{From: "test", Shards: []string{path}}, 12
}

// A caption is pulled towards the unit embedding of its own image.
func TestCaptionsHaveTheirImages(t *testing.T) {
	for name, tt := range map[string]struct {
		set  func(j *Job)
		want int
	}{
		"captions": {onCaptions, 24},
		"rewrites": {func(j *Job) { rewritten(t, j) }, 12},
	} {
		t.Run(name, func(t *testing.T) {
			j := job(t)
			tt.set(&j)
			d := loaded(t, j)
			if d.len() != tt.want {
				t.Fatalf("%d samples, not %d", d.len(), tt.want)
			}
			all := make([]int, d.len())
			for i := range all {
				all[i] = i
			}
			batch := d.batch(all)
			for i := range all {
				image, _ := d.set.Images(i)
				row, _ := d.table.Row(image)
				for k, x := range d.table.Vector(row) {
					if batch.deltas[i*8+k] != x {
						t.Fatalf("sample %d is not pulled towards image %s", i, image)
					}
				}
				if batch.rows.A[i] != int64(row) || batch.rows.B[i] != int64(row) {
					t.Errorf("sample %d: images %d and %d, not %d alone", i, batch.rows.A[i], batch.rows.B[i], row)
				}
			}
		})
	}
}

// Only what does not fit is counted as cut: 75 words and the two marks do.
func TestTextsThatAreCutAreCounted(t *testing.T) {
	j := job(t)
	onCaptions(&j)
	for i, words := range []int{74, 75, 76, 200} {
		j.Rows.Captions[i].Text = strings.TrimSpace(strings.Repeat("dog ", words))
	}
	if d := loaded(t, j); d.long != 2 || d.textLen(1) != 77 || d.textLen(3) != 77 {
		t.Errorf("%d texts are cut, not 2; their lengths are %d and %d", d.long, d.textLen(1), d.textLen(3))
	}
}

// The loop learns captions as it learns differences, resumes with the same bits,
// and validates.
func TestFinetuneOnCaptions(t *testing.T) {
	for name, set := range map[string]func(j *Job){"captions": onCaptions, "rewrites": func(j *Job) { rewritten(t, j) }} {
		t.Run(name, func(t *testing.T) {
			j := job(t)
			set(&j)
			j.Validation, j.Options.ValidateEvery, j.Options.Steps, j.Options.LR, j.Options.Temperature = j.Rows, 20, 80, 3e-3, .1
			if _, err := Finetune(context.Background(), j, NoProgress{}); err != nil {
				t.Fatal(err)
			}
			if first, last := ends(t, j.Dir); last.Cosine < first.Cosine+.3 || last.Loss > first.Loss-.2 {
				t.Errorf("from %+v to %+v: nothing was learned", first, last)
			}
		})
	}
}

// A random direction belongs to a pair of images, is as long as its difference,
// and tells nothing of it.
func TestRandomDirections(t *testing.T) {
	j := job(t)
	true1 := loaded(t, j)
	j.Options.Control = Random
	broken, again := loaded(t, j), loaded(t, j)
	j.Options.Seed++
	other := loaded(t, j)
	along := 0.0
	for i := range broken.len() {
		want, _ := true1.delta(i)
		got, _ := broken.delta(i)
		same, _ := again.delta(i)
		third, _ := other.delta(i)
		if math.Abs(lengthOf(want)-lengthOf(got)) > 1e-5 {
			t.Fatalf("%d: length %v, not %v", i, lengthOf(got), lengthOf(want))
		}
		if cosine(got, same) < .999999 || cosine(got, third) > .999 {
			t.Errorf("%d: the seed does not decide the direction", i)
		}
		along += cosine(got, want) / float64(broken.len())
	}
	if math.Abs(along) > .15 { // 132 directions of 8 dimensions: standard error 0.03
		t.Errorf("mean cosine with the true differences is %v", along)
	}
}
