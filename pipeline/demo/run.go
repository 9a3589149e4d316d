package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/train/eval"
)

// Scores of the three models of a seed, on the same tasks.
type Scores struct {
	Seed      int64       `json:"seed"`
	Start     eval.Report `json:"start"`
	Finetuned eval.Report `json:"finetuned"`
	Shuffled  eval.Report `json:"shuffled"` // control: finetuned on shuffled differences
}

// Run makes the worlds, trains and scores, and writes demo.json and the page
// under o.Dir. What an earlier call finished is kept: it may be stopped at any
// time and called again.
func Run(ctx context.Context, o Options, board *progress.Board) (*Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	dir, err := rundir.Create(o.Dir)
	if err != nil {
		return nil, err
	}
	unlock, err := dir.Lock("demo")
	if err != nil {
		return nil, err
	}
	defer unlock()
	scores := make([]Scores, o.Seeds)
	slots := newSlots(o.Workers)
	seeds, ctx := errgroup.WithContext(ctx)
	for i := range scores {
		seeds.Go(func() error {
			s := &seedRun{options: o, seed: o.Seed + int64(i), slots: slots, board: board}
			s.at = paths{root: filepath.Join(o.Dir, fmt.Sprintf("seed-%d", s.seed))}
			var err error
			scores[i], err = s.run(ctx)
			if err != nil {
				return fmt.Errorf("seed %d: %w", s.seed, err)
			}
			return nil
		})
	}
	if err := seeds.Wait(); err != nil {
		return nil, err
	}
	return finish(o, scores)
}

// finish sums up and writes what stays.
func finish(o Options, scores []Scores) (*Result, error) {
	result := summarise(scores)
	result.Page = filepath.Join(o.Dir, "report", "index.html")
	result.Example = filepath.Join(o.Dir, fmt.Sprintf("seed-%d", o.Seed), "run")
	b, err := result.JSON()
	if err != nil {
		return nil, err
	}
	if err := shards.WriteFile(filepath.Join(o.Dir, "demo.json"), b); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(result.Page), 0o755); err != nil {
		return nil, fmt.Errorf("write page: %w", err)
	}
	examples, err := findExamples(result.Example, paths{root: filepath.Dir(result.Example)}.images())
	if err != nil {
		return nil, err
	}
	page, err := render(result, examples)
	if err != nil {
		return nil, err
	}
	return result, shards.WriteFile(result.Page, page)
}

// slots bound the models that are trained or scored at a time.
type slots chan struct{}

func newSlots(n int) slots { return make(slots, n) }

// with runs fn in a slot.
func (s slots) with(ctx context.Context, fn func() error) error {
	select {
	case s <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s }()
	return fn()
}
