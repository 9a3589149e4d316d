package demo

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/pipeline/experiment/report"
	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/shards/fault"
)

// Options of a demo.
type Options struct {
	Dir   string // everything is kept here
	Cache string // pretrained weights are kept here between demos; "" keeps none
	Seed  int64  // of the first world
	Seeds int    // worlds, each with pipeline and models of its own
}

// Validate names the first field out of range.
func (o Options) Validate() error {
	switch {
	case o.Dir == "":
		return fault.Input("demo", "--run", "name a folder", "no folder")
	case o.Seeds < 1 || o.Seeds > 20:
		return fault.Input("demo", "--seeds", "give 1 to 20", "%d is out of range", o.Seeds)
	}
	return nil
}

// Run makes the worlds, trains, scores and writes the page; see report.Page.
func Run(ctx context.Context, o Options, board *progress.Board) (*experiment.Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	plan, err := o.plan()
	if err != nil {
		return nil, err
	}
	return run(ctx, plan, experiment.DefaultOptions(o.Dir, o.Cache), board)
}

// plan gives the demo's plan for the worlds that are asked for.
func (o Options) plan() (experiment.Plan, error) {
	plan, err := experiment.Load("demo")
	if err != nil {
		return plan, err
	}
	plan.Seeds = nil
	for i := range o.Seeds {
		plan.Seeds = append(plan.Seeds, o.Seed+int64(i))
	}
	if o.Seeds < 2 {
		plan.Claims = nil // nothing can be decided on one world
	}
	return plan, nil
}

func run(ctx context.Context, plan experiment.Plan, o experiment.Options, board *progress.Board) (*experiment.Result, error) {
	result, err := experiment.Run(ctx, plan, o, board)
	if err != nil {
		return nil, err
	}
	return result, report.Write(o.Dir, plan, result)
}

// Example gives the run folder of the first world.
func (o Options) Example() string {
	return filepath.Join(o.Dir, fmt.Sprintf("seed-%d", o.Seed), "runs", "differences")
}
