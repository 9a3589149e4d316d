package main

import (
	"fmt"

	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards/release"
)

type releaseCmd struct {
	RunDir  string `name:"run" required:"" help:"A finished run." placeholder:"DIR" predictor:"dir"`
	Out     string `required:"" help:"The folder to make." placeholder:"DIR"`
	Name    string `required:"" help:"Name of the dataset." placeholder:"NAME"`
	Version string `required:"" help:"Version, MAJOR.MINOR.PATCH." placeholder:"X.Y.Z"`
}

// Help shows an example.
func (releaseCmd) Help() string {
	return `Example:
  pcclip release --run runs/a --out releases/coco-differences --name coco-differences --version 1.0.0
  (cd releases/coco-differences && sha256sum -c SHA256SUMS)`
}

// Run freezes the run.
func (c *releaseCmd) Run(e *env) error {
	dir, err := rundir.Open(c.RunDir)
	if err != nil {
		return err
	}
	name, err := dir.Recorded("generate", "prompt")
	if err != nil {
		return err
	}
	prompt, err := prompts.Load(name)
	if err != nil {
		return err
	}
	if err := release.Freeze(release.Options{Run: c.RunDir, Out: c.Out, Name: c.Name, Version: c.Version, Prompt: prompt.Text}); err != nil {
		return err
	}
	fmt.Fprintln(e.stdout, c.Out)
	return nil
}
