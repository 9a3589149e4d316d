package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// A flag that is not given leaves the preset's value; given, it wins.
func TestTrainFlagsLieOverThePreset(t *testing.T) {
	for line, want := range map[string]struct {
		centre    bool
		trainable string
	}{
		"":                                {true, "text"},
		"--no-centre --trainable=blocks":  {false, "blocks"},
		"--preset=paper":                  {false, "blocks"},
		"--preset=paper --centre":         {true, "blocks"},
		"--on=captions":                   {false, "text"},
		"--preset=paper --trainable=text": {false, "text"},
	} {
		var c trainCmd
		parser, err := kong.New(&c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(append([]string{"--run=r", "--model=m", "--name=n"}, strings.Fields(line)...)); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		o, err := c.options()
		if err != nil || o.Centre != want.centre || o.Trainable != want.trainable {
			t.Errorf("%q: centre %v, trainable %s, %v", line, o.Centre, o.Trainable, err)
		}
	}
}
