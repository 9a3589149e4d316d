package main

import (
	"encoding/json"

	"github.com/pcclip/pcclip/train/clip/tokenizer"
)

type tokenizeCmd struct {
	Texts string `required:"" help:"A text file, one text a line." placeholder:"FILE" predictor:"file"`
	JSON  bool   `name:"json" help:"One JSON array of ids a line (the only form)."`
}

// Help shows an example.
func (tokenizeCmd) Help() string {
	return `Example:
  pcclip tokenize --texts lines.txt --json

Prints one array of ids a line, from start to end of text, cut to 77, without padding.`
}

// Run prints the ids of every line.
func (c *tokenizeCmd) Run(e *env) error {
	lines, err := readLines(c.Texts)
	if err != nil {
		return err
	}
	tok, err := tokenizer.New()
	if err != nil {
		return err
	}
	enc := json.NewEncoder(e.stdout)
	for _, line := range lines {
		if err := enc.Encode(tok.Encode(line)); err != nil {
			return err
		}
	}
	return nil
}
