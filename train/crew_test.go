//go:build libtorch

package train

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/loss"
	"github.com/pcclip/pcclip/train/ranks"
	"github.com/pcclip/pcclip/train/torch"
)

// places gives the members of a crew on this machine.
func places(t *testing.T, world int) []ranks.Place {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	out := make([]ranks.Place, world)
	for rank := range out {
		out[rank] = ranks.Place{Rank: rank, World: world, LocalRank: rank, LocalWorld: world, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
	}
	return out
}

// trainTogether runs a job by so many members, each with a thread of its own.
func trainTogether(t *testing.T, world int, of func(place ranks.Place) (context.Context, Job)) (first Report, errs []error) {
	t.Helper()
	errs = make([]error, world)
	var all sync.WaitGroup
	for rank, place := range places(t, world) {
		all.Go(func() {
			ctx, j := of(place)
			j.Place = place
			report, err := Finetune(ctx, j, NoProgress{})
			if errs[rank] = err; rank == 0 {
				first = report
			}
		})
	}
	all.Wait()
	return first, errs
}

func together(t *testing.T, world int, j Job) Report {
	t.Helper()
	report, errs := trainTogether(t, world, func(ranks.Place) (context.Context, Job) { return t.Context(), j })
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return report
}

// The gradients of a batch are the same, whoever computes which part of it.
func TestCrewGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	texts, deltas := make([][]int32, 41), make([]float32, 41*8)
	for i := range texts {
		texts[i] = []int32{49406}
		for range r.IntN(30) {
			texts[i] = append(texts[i], r.Int32N(49000))
		}
		texts[i] = append(texts[i], 49407)
	}
	for i := range deltas {
		deltas[i] = float32(r.NormFloat64())
	}
	gradients := func(place ranks.Place, micro int) map[string][]float32 {
		th, err := torch.Start(torch.Options{Threads: 1})
		if err != nil {
			t.Error(err)
			return nil
		}
		defer th.Close()
		c, err := join(t.Context(), th, place, "auto", NoProgress{})
		if err != nil {
			t.Error(err)
			return nil
		}
		defer c.leave()
		model, err := clip.New(t.Context(), th, tiny(), 3)
		if err != nil {
			t.Error(err)
			return nil
		}
		defer model.Close()
		added := loss.ScaleParams(.3, loss.Learned)
		err = errors.Join(model.SetTrainable(t.Context(), func(string, []int) torch.Group { return torch.Plain }, added...))
		grads := map[string][]float32{}
		err = errors.Join(err, th.Do(t.Context(), func(s *torch.Scope) error {
			params := model.Params()
			params.ZeroGrad(s)
			f := c.encode(s, model, texts, encoding{micro: micro})
			cosines := s.MatMul(s.Normalize(f.value), s.Transpose(s.Normalize(s.FromFloat32(deltas, 41, 8)), 0, 1))
			s.Backward(loss.InfoNCE(s, loss.Scale(s, cosines, .3, params)))
			f.back(s)
			for _, name := range params.Trained() {
				grads[name] = params.Grad(s, name).Data
			}
			return nil
		}))
		if err != nil {
			t.Error(err)
		}
		return grads
	}
	want := gradients(ranks.Alone, 0)
	for _, world := range []int{2, 3} {
		for _, micro := range []int{0, 5} {
			all := make([]map[string][]float32, world)
			var wait sync.WaitGroup
			for rank, place := range places(t, world) {
				wait.Go(func() { all[rank] = gradients(place, micro) })
			}
			wait.Wait()
			for rank, got := range all {
				for name := range want {
					worst, size := 0.0, 0.0
					for i, w := range want[name] {
						worst, size = max(worst, math.Abs(float64(got[name][i]-w))), max(size, math.Abs(float64(w)))
					}
					if worst > 1e-6*max(1, size) {
						t.Errorf("process %d of %d, micro-batch %d: gradient of %s off by %g of %g", rank, world, micro, name, worst, size)
					}
				}
			}
		}
	}
}

// One, two and three processes train the same model; only the first one writes.
func TestCrewTrains(t *testing.T) {
	for name, set := range map[string]func(j *Job){
		"anchor": func(*Job) {},
		"everything": func(j *Job) {
			withReversed(t, j)
			j.Options.Reversed, j.Options.Learning, j.Options.Temperature, j.Options.MicroBatch = true, loss.Clamped, .02, 9
			j.Options.Masks, j.Options.L2Start, j.Options.EMA = []loss.Mask{loss.Images, loss.Reverses, loss.Texts}, .5, .8
			j.Validation, j.Options.ValidateEvery, j.Options.Best = j.Rows, 4, "loss"
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := job(t)
			j.Options.Eps = 1e-4 // rounding of gradients that are zero is no direction
			set(&j)
			if _, err := Finetune(t.Context(), j, NoProgress{}); err != nil {
				t.Fatal(err)
			}
			alone := j.Dir
			for _, world := range []int{2, 3} {
				j.Dir = filepath.Join(t.TempDir(), "train")
				together(t, world, j)
				sameTraining(t, j.Dir, alone)
			}
		})
	}
}

// sameTraining compares losses and weights of two trainings, but for rounding.
func sameTraining(t *testing.T, dir, want string) {
	t.Helper()
	got, lines := metricsOf(t, dir), metricsOf(t, want)
	if len(got) != len(lines) {
		t.Fatalf("%d lines of metrics, not %d", len(got), len(lines))
	}
	for i := range lines {
		var a, b Metric
		if err := errors.Join(json.Unmarshal([]byte(got[i]), &a), json.Unmarshal([]byte(lines[i]), &b)); err != nil {
			t.Fatal(err)
		}
		near(t, "loss", a.Loss, b.Loss, 2e-5)
		near(t, "gradient norm", a.GradNorm, b.GradNorm, 1e-3)
	}
	_, a, err := clip.Read(filepath.Join(dir, "model"))
	if err != nil {
		t.Fatal(err)
	}
	_, b, err := clip.Read(filepath.Join(want, "model"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		for k, w := range b[i].Data {
			if d := math.Abs(float64(a[i].Data[k] - w)); d > 2e-4 {
				t.Fatalf("%s[%d] is off by %g", b[i].Name, k, d)
			}
		}
	}
}

// A training that four processes began goes on with two, and then with one.
func TestCrewOfAnotherSizeGoesOn(t *testing.T) {
	whole := job(t)
	whole.Options.Eps = 1e-4
	if _, err := Finetune(t.Context(), whole, NoProgress{}); err != nil {
		t.Fatal(err)
	}
	j := whole
	j.Dir, j.Options.CheckpointEvery = filepath.Join(t.TempDir(), "train"), 2
	for _, part := range []struct{ world, until int }{{4, 4}, {2, 8}} {
		_, errs := trainTogether(t, part.world, func(place ranks.Place) (context.Context, Job) {
			if place.Rank == part.world-1 { // any of them may be told to stop
				return untilThere{t.Context(), filepath.Join(j.Dir, stepFolder(part.until))}, j
			}
			return t.Context(), j
		})
		for rank, err := range errs {
			if fault.ExitCode(err) != fault.Interrupted {
				t.Fatalf("process %d: %v", rank, err)
			}
		}
		j.Resume = true
	}
	if _, err := Finetune(t.Context(), j, NoProgress{}); err != nil {
		t.Fatal(err)
	}
	sameTraining(t, j.Dir, whole.Dir)
}

// untilThere ends once a file is there.
type untilThere struct {
	context.Context
	path string
}

func (c untilThere) Err() error {
	if _, err := os.Stat(c.path); err == nil {
		return context.Canceled
	}
	return nil
}

// Processes that were started with different things say so and end, and so do
// those that are left by another.
func TestCrewRefuses(t *testing.T) {
	j := job(t)
	_, errs := trainTogether(t, 2, func(place ranks.Place) (context.Context, Job) {
		other := j
		other.Options.LR *= float64(1 + place.Rank)
		return t.Context(), other
	})
	for rank, err := range errs {
		if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "has another") {
			t.Errorf("other options: process %d: %v", rank, err)
		}
	}
	_, errs = trainTogether(t, 2, func(place ranks.Place) (context.Context, Job) {
		other := j
		if place.Rank == 1 {
			other.Embeddings += "x"
		}
		return t.Context(), other
	})
	if errs[0] == nil || !strings.Contains(errs[0].Error(), "another process has failed") || !errors.Is(errs[1], os.ErrNotExist) {
		t.Errorf("one of them could not begin: %v", errs)
	}
	_, errs = trainTogether(t, 2, func(ranks.Place) (context.Context, Job) {
		other := j
		other.Options.Exchange = "nccl"
		return t.Context(), other
	})
	for rank, err := range errs {
		if fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), "--exchange nccl") {
			t.Errorf("no GPU: process %d: %v", rank, err)
		}
	}
	if _, err := os.Stat(filepath.Join(j.Dir, "model")); err == nil {
		t.Error("a model was left")
	}
}
