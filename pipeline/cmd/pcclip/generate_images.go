package main

import (
	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/pictures"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/prompts"
)

// pictures opens the images for a prompt that shows them. The caller shuts the
// folder.
func (c *generateCmd) pictures(dir rundir.Dir, o *generate.Options) (shut func(), err error) {
	shut = func() {}
	prompt, err := prompts.Load(c.Prompt)
	if err != nil || prompt.Form != prompts.Vision {
		return shut, err
	}
	folder, err := runImages(dir, c.Images)
	if err != nil {
		return shut, err
	}
	if o.Pictures, err = pictures.New(folder.Open, int(c.ImageSide)); err != nil {
		folder.Close()
		return shut, err
	}
	return func() { folder.Close() }, nil
}
