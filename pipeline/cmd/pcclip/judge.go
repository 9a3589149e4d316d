package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/shards/fault"
)

type judgeCmd struct {
	RunDir string `name:"run" help:"A finished run." placeholder:"DIR" predictor:"dir"`
	Name   string `default:"judge" help:"The judgements go to RUN/judge/NAME." placeholder:"NAME"`
	Prompt string `default:"judge" help:"The question: judge, or a file." placeholder:"NAME|FILE"`
	askFlags
}

// Help shows examples.
func (judgeCmd) Help() string {
	return `Examples:
  pcclip judge --run runs/a --endpoint http://127.0.0.1:8080/v1 --model my-judge
  pcclip check --run runs/a --judge judge              what would its rejections change?
  pcclip check --run runs/a --judge judge --apply      reject what it rejects

Asks a second model about every accepted row: which caption belongs to what the
text calls the first image (the two come in a drawn order), and whether all that it
says follows from the captions. The answers are kept like any others, stopping and
going on works as in generate, and the run itself stays as it is until check.`
}

var judgeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// Run asks for every accepted row that has no judgement yet.
func (c *judgeCmd) Run(e *env) error {
	if err := needed("--run=DIR", c.RunDir, "--endpoint=URL", c.Endpoint, "--model=NAME", c.Model); err != nil {
		return err
	}
	if !judgeName.MatchString(c.Name) {
		return fault.Input("judge", "--name", "give letters, digits, dots, dashes", "%q cannot name a folder", c.Name)
	}
	plan, manifest, err := generate.ReadAccepted(c.RunDir)
	if err != nil {
		return err
	}
	opts, err := c.ask()
	if err != nil {
		return err
	}
	opts.RunDir, opts.Prompt = generate.JudgeDir(c.RunDir, c.Name), c.Prompt
	opts.Manifest.Run.Source, opts.Manifest.Run.SourceSHA256, opts.Manifest.Run.Seed = manifest.Run.Source, manifest.Run.SourceSHA256, manifest.Run.Seed
	if err := opts.Validate(); err != nil {
		return err
	}
	if err := c.record(opts.RunDir); err != nil {
		return err
	}
	board := e.board()
	bar := progress.Generation(board.Bar("judge", 0))
	stop, err := c.watch(e, bar)
	if err != nil {
		return err
	}
	result, err := generate.Run(e.ctx, opts, plan, bar)
	stop()
	bar.Done()
	board.Close()
	return errors.Join(err, c.report(e, result, nil))
}

// record makes the folder of the judgements and keeps the settings there.
func (c *judgeCmd) record(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("make folder of the judgements: %w", err)
	}
	dir, err := rundir.Open(path)
	if err != nil {
		return err
	}
	return dir.Record("judge", "shards", append(c.asked(), rundir.Setting{Key: "prompt", Value: c.Prompt, Data: true}))
}
