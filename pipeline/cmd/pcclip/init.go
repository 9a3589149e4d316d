package main

import (
	_ "embed"
	"fmt"
	"os"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// starter is the commented pcclip.yaml of a new project.
//
//go:embed pcclip.yaml
var starter []byte

type initCmd struct {
	Print bool `help:"Print the file instead of writing it."`
	Force bool `help:"Replace an existing pcclip.yaml."`
}

// Help shows examples.
func (initCmd) Help() string {
	return "Examples:\n  pcclip init            write pcclip.yaml here\n  pcclip init --print    only show it"
}

// Run writes the file, never over another.
func (c *initCmd) Run(e *env) error {
	if c.Print {
		_, err := e.stdout.Write(starter)
		return err
	}
	if _, err := os.Lstat(defaultSettings); err == nil && !c.Force {
		return fault.Input("write settings", defaultSettings, "edit it, or give --force to replace it", "the file is there already")
	}
	if err := shards.WriteFile(defaultSettings, starter); err != nil {
		return err
	}
	fmt.Fprintln(e.stderr, "wrote pcclip.yaml: set captions, images and the endpoint in it, then run: pcclip sample, pcclip generate, pcclip embed, pcclip train")
	return nil
}
