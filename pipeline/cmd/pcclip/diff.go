package main

import (
	"fmt"

	"github.com/pcclip/pcclip/shards/release"
)

type diffCmd struct {
	Before string `arg:"" help:"The folder of a release." predictor:"dir"`
	After  string `arg:"" help:"The folder of a later one." predictor:"dir"`
	JSON   bool   `name:"json" help:"Print the difference as JSON."`
}

// Help shows an example.
func (diffCmd) Help() string {
	return `Example:
  pcclip diff releases/1.0.0 releases/next          a section for CHANGELOG.md, with the version it asks for

Compares the accepted rows by pair id, column by column, and the funnel, models,
terms, prompt and rules. The step: major where rows were changed or removed, minor
where rows were only added, patch where the rows are the same and other bytes are not.`
}

// Run compares two releases.
func (c *diffCmd) Run(e *env) error {
	d, err := release.Diff(e.ctx, c.Before, c.After)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, d)
	}
	fmt.Fprint(e.stdout, d.Markdown())
	return nil
}
