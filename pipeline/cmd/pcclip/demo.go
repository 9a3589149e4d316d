package main

import (
	"fmt"
	"time"

	"github.com/pcclip/pcclip/pipeline/demo"
	"github.com/pcclip/pcclip/pipeline/experiment"
	reports "github.com/pcclip/pcclip/pipeline/experiment/report"
)

type demoCmd struct {
	RunDir  string `name:"run" default:"runs/demo" help:"Where everything is kept." placeholder:"DIR" predictor:"dir"`
	Seed    int64  `default:"0" help:"Seed of the first world."`
	Seeds   int    `default:"3" help:"Worlds; the table's errors are over them."`
	NoCache bool   `help:"Neither take nor keep pretrained weights in your cache folder."`
	JSON    bool   `name:"json" help:"Print the table as JSON."`
}

// Help shows what it does.
func (demoCmd) Help() string {
	return `Makes small worlds of coloured shapes with captions, pretrains a small CLIP on
each, has a rule-based writer describe pairs over real HTTP, finetunes on the
answers and prints what that did, beside a control with shuffled texts; a page with
charts and image pairs is left in report/index.html. Nothing is downloaded. On two
cores it takes about twenty minutes, most of it for training; stopped, it goes on
where it was.

Examples:
  pcclip demo
  pcclip demo --run runs/another --seed 100 --seeds 1`
}

// Run runs the demo and prints its table.
func (c *demoCmd) Run(e *env) error {
	began := time.Now()
	o := demo.Options{Dir: c.RunDir, Cache: demoCache(c.NoCache), Seed: c.Seed, Seeds: c.Seeds}
	board := e.board()
	result, err := demo.Run(e.ctx, o, board)
	board.Close()
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, result)
	}
	if err := result.Render(e.stdout, experiment.Main); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "\ntook %s. Look at:\n  %s\n  pcclip inspect --run %s\n",
		time.Since(began).Round(time.Second), reports.Page(c.RunDir), o.Example())
	return nil
}
