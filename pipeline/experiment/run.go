package experiment

import (
	"context"
	"fmt"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/pipeline/rundir"
)

// Run trains and scores every model of a plan on every seed, and writes
// experiment.json under o.Dir. What an earlier call finished is kept: it may be
// stopped at any time and called again, also with more models or seeds.
func Run(ctx context.Context, p Plan, o Options, board *progress.Board) (*Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	dir, err := rundir.Create(o.Dir)
	if err != nil {
		return nil, err
	}
	unlock, err := dir.Lock("experiment")
	if err != nil {
		return nil, err
	}
	defer unlock()
	cells, err := runSeeds(ctx, p, o, board)
	if err != nil {
		return nil, err
	}
	result, err := Tabulate(p, cells)
	if err != nil {
		return nil, err
	}
	return result, writeJSON(filepath.Join(o.Dir, "experiment.json"), result)
}

// runSeeds does all seeds side by side, within the slots.
func runSeeds(ctx context.Context, p Plan, o Options, board *progress.Board) ([]map[string]*Cell, error) {
	cells := make([]map[string]*Cell, len(p.Seeds))
	slots := newSlots(o.Workers)
	seeds, ctx := errgroup.WithContext(ctx)
	for i, seed := range p.Seeds {
		seeds.Go(func() (err error) {
			s := &seedRun{plan: p, options: o, seed: seed, slots: slots, board: board, files: p.Files(o.Dir, seed)}
			s.ground = worldGround{s}
			if p.Real != nil {
				s.ground = realGround{*p.Real, s.files}
			}
			if cells[i], err = s.work(ctx); err != nil {
				err = fmt.Errorf("seed %d: %w", seed, err)
			}
			return err
		})
	}
	return cells, seeds.Wait()
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
