package main

import (
	"fmt"

	"github.com/pcclip/pcclip/train"
)

type exportCmd struct {
	Model  string `required:"" help:"The model: a folder, a safetensors file, or a Hub id (owner/name) that is in the local Hub cache." placeholder:"PATH" predictor:"file"`
	Layout string `required:"" enum:"openclip,hf" help:"Names and shapes to write (${enum})."`
	Out    string `required:"" help:"The folder to write." placeholder:"DIR" predictor:"dir"`
}

// Help shows examples.
func (exportCmd) Help() string {
	return `Examples:
  pcclip export --model runs/a/train/first/model --layout hf --out first-hf            for transformers' CLIPModel
  pcclip export --model first-hf --layout openclip --out first                         for open_clip, as local-dir:first`
}

// Run converts the model, losslessly.
func (c *exportCmd) Run(e *env) error {
	if err := train.Export(c.Model, c.Layout, c.Out); err != nil {
		return err
	}
	fmt.Fprintln(e.stdout, c.Out)
	return nil
}
