package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pcclip/pcclip/pipeline/experiment"
	reports "github.com/pcclip/pcclip/pipeline/experiment/report"
	"github.com/pcclip/pcclip/shards/fault"
)

type experimentCmd struct {
	Plan    string  `help:"A built-in plan (see --list), or the path of a plan file." placeholder:"NAME|FILE" predictor:"file"`
	RunDir  string  `name:"run" help:"Where everything is kept (default: runs/NAME of the plan)." placeholder:"DIR" predictor:"dir"`
	Seeds   []int64 `help:"Take these seeds instead of the plan's." placeholder:"N,N,..."`
	Workers int     `default:"0" help:"Models trained or scored at a time, on one thread each; 0: as many as there are cores."`
	NoCache bool    `help:"Neither take nor keep pretrained weights of demo worlds in your cache folder."`
	All     bool    `help:"Print every measure, not only the main ones."`
	List    bool    `help:"List the built-in plans."`
	Show    string  `help:"Print a built-in plan, to start a file of your own from." placeholder:"NAME"`
	JSON    bool    `name:"json" help:"Print the table as JSON."`
}

// Help shows examples.
func (experimentCmd) Help() string {
	return `Trains every model of a plan on every seed by the same loop, scores all of them on
the same tasks, and prints one table: means with standard errors over seeds,
paired bootstrap intervals, and a verdict on each claim. It may be stopped at any
time and started again with the same line; a plan may grow in between.

Beside the table, report/index.html in the folder of the run shows it with charts,
image pairs and the cases that are hardest: one file that loads nothing, for any
browser or for paper. Its figures are in report/report.json and experiment.json.

Examples:
  pcclip experiment --list
  pcclip experiment --plan reproduce
  pcclip experiment --show reproduce > mine.yaml
  pcclip experiment --plan mine.yaml --run runs/mine --seeds 0,1

On data of your own, a plan names a base model, a task file and run folders:
  real: {model: models/ViT-L-14, tasks: tasks.jsonl, images: photos}
  data: [{name: coco, run: runs/coco}]`
}

// Run runs the plan and prints its table.
func (c *experimentCmd) Run(e *env) error {
	switch {
	case c.List:
		return c.list(e)
	case c.Show != "":
		text, err := experiment.Text(c.Show)
		if err == nil {
			_, err = fmt.Fprint(e.stdout, text)
		}
		return err
	case c.Plan == "":
		return fault.Input("experiment", "--plan", "give a built-in plan or a file; --list shows the built-in ones", "no plan")
	}
	began := time.Now()
	plan, o, err := c.plan()
	if err != nil {
		return err
	}
	board := e.board()
	result, err := experiment.Run(e.ctx, plan, o, board)
	board.Close()
	if err != nil {
		return err
	}
	if err := reports.Write(o.Dir, plan, result); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, result)
	}
	keep := experiment.Main
	if c.All {
		keep = nil
	}
	if err := result.Render(e.stdout, keep); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "\ntook %s. Look at:\n  %s\n", time.Since(began).Round(time.Second), reports.Page(o.Dir))
	return nil
}

func (c *experimentCmd) list(e *env) error {
	for _, name := range experiment.Plans() {
		p, err := experiment.Load(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stdout, "%-12s %d models, %d seeds: %s\n", name, len(p.Models)+1, len(p.Seeds), p.About)
	}
	return nil
}

// plan reads the plan, and decides where and how it is run.
func (c *experimentCmd) plan() (experiment.Plan, experiment.Options, error) {
	plan, err := experiment.Load(c.Plan)
	if err != nil {
		return plan, experiment.Options{}, err
	}
	if len(c.Seeds) > 0 {
		plan.Seeds = c.Seeds
		if err := plan.Validate(); err != nil {
			return plan, experiment.Options{}, fault.Input("experiment", "--seeds", "give two or more, or take the claims out of the plan", "%w", err)
		}
	}
	dir := c.RunDir
	if dir == "" {
		dir = filepath.Join("runs", plan.Name)
	}
	o := experiment.DefaultOptions(dir, demoCache(c.NoCache))
	if c.Workers > 0 {
		o.Workers = c.Workers
	}
	return plan, o, nil
}

// demoCache gives the folder of pretrained weights of demo worlds; "" for none.
func demoCache(none bool) string {
	dir, err := os.UserCacheDir()
	if none || err != nil {
		return ""
	}
	return filepath.Join(dir, "pcclip", "demo")
}
