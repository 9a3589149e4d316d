package sample

import (
	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/shards/fault"
)

// Options decide a plan.
type Options struct {
	Captions        string         // the captions file
	Format          dataset.Format // of the captions file
	ImagesDir       string         // images without a file here are not drawn; "" looks for none
	ImagesLimit     int            // images to draw pairs from; 0 for all
	Pairs           int64          // of both splits together
	Seed            int64
	ValidationShare float64 // of images, in [0, 1)
	BlockSize       int64   // pairs per shard, at least 1
	Strict          bool    // captions of unknown images end it
}

// Default gives the paper's 1000 images, and 20,000 pairs among them.
func Default() Options {
	return Options{Format: dataset.Auto, ImagesLimit: 1000, Pairs: 20000, ValidationShare: .05, BlockSize: 4096}
}

// Validate names the first field out of range.
func (o Options) Validate() error {
	switch {
	case o.ImagesLimit < 0 || o.ImagesLimit == 1:
		return fault.Input("sample", "--images-limit", "give 2 or more, or 0 for all", "%d is out of range", o.ImagesLimit)
	case o.Pairs < 0:
		return fault.Input("sample", "--pairs", "give 0 or more", "%d is out of range", o.Pairs)
	case !(o.ValidationShare >= 0 && o.ValidationShare < 1):
		return fault.Input("sample", "--validation", "give a share from 0 up to 1", "%v is out of range", o.ValidationShare)
	case o.BlockSize < 1:
		return fault.Input("sample", "--block", "give 1 or more", "%d is out of range", o.BlockSize)
	}
	return nil
}
