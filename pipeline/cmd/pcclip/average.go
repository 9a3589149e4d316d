package main

import (
	"fmt"

	"github.com/pcclip/pcclip/train"
)

type averageCmd struct {
	Model string  `required:"" help:"The base model." placeholder:"BASE" predictor:"file"`
	With  string  `required:"" help:"The finetuned model." placeholder:"FINETUNED" predictor:"file"`
	Alpha float64 `default:"0.5" help:"Share of the finetuned weights, 0 to 1."`
	Out   string  `required:"" help:"The folder to write." placeholder:"DIR" predictor:"dir"`
}

// Help shows an example.
func (averageCmd) Help() string {
	return `Example:
  pcclip average --model models/small --with runs/a/train/first/model --alpha 0.5 --out models/half`
}

// Run writes the averaged model.
func (c *averageCmd) Run(e *env) error {
	if err := train.Average(c.Model, c.With, c.Alpha, c.Out); err != nil {
		return err
	}
	fmt.Fprintln(e.stdout, c.Out)
	return nil
}
