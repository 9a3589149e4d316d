package main

import (
	"fmt"

	"github.com/pcclip/pcclip/pipeline/replay"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/release"
)

type replayCmd struct {
	Dir      string `arg:"" help:"The folder of a release." predictor:"dir"`
	Captions string `required:"" help:"The captions file that its plan was drawn from." placeholder:"FILE" predictor:"file"`
	Images   string `help:"The images folder, where the plan or the questions needed it." placeholder:"DIR" predictor:"dir"`
	Out      string `help:"Keep the rebuilt release here." placeholder:"DIR"`
}

// Help shows an example.
func (replayCmd) Help() string {
	return `Example:
  pcclip replay releases/coco-differences --captions annotations/captions_train2017.json

Draws the plan again, asks the recorded answers instead of an endpoint, judges
them again, and compares every file with the release, byte for byte. Exit code 1:
they differ; the line names the first file, row and column.`
}

// Run rebuilds the release.
func (c *replayCmd) Run(e *env) error {
	first, err := rebuild(e, replay.Options{Dir: c.Dir, Captions: c.Captions, Out: c.Out}, c.Images)
	if err != nil {
		return err
	}
	if first != nil {
		return &fault.Error{Op: "replay", Where: c.Dir, Err: fmt.Errorf("the rebuilt release differs: %s", first)}
	}
	fmt.Fprintln(e.stdout, "every byte is the same")
	return nil
}

// rebuild rebuilds a release, with an images folder where one is named, and gives
// the first difference.
func rebuild(e *env, o replay.Options, images string) (first *release.Problem, err error) {
	if o.CountTokens, err = countTokens(); err != nil {
		return nil, err
	}
	o.Images = images
	if images != "" {
		folder, err := openImages(images)
		if err != nil {
			return nil, err
		}
		defer folder.Close()
		o.OpenImage = folder.Open
	}
	return replay.Run(e.ctx, o)
}
