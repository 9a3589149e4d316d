package imageproc

import (
	"fmt"
	"math"
)

// Resize modes, named as open_clip names them.
const (
	// Shortest scales the shorter side to the size and crops the centre.
	Shortest = "shortest"
	// Squash scales both sides to the size and keeps no aspect ratio.
	Squash = "squash"
)

// Bicubic is the one interpolation there is: a = -0.5, antialiased.
const Bicubic = "bicubic"

// maxSize bounds the side of a model's input, in pixels.
const maxSize = 4096

// Config says how an image becomes the input of an image tower. Every field
// decides pixels; [PreprocessID] is its digest.
type Config struct {
	Size          int        // side of the square input, in pixels
	Mean          [3]float64 // of red, green, blue in [0, 1], subtracted
	Std           [3]float64 // of red, green, blue, divided by
	Interpolation string     // Bicubic
	ResizeMode    string     // Shortest or Squash
}

// DefaultConfig gives the preprocessing of OpenAI's and most other CLIP models
// for an input of size x size pixels.
func DefaultConfig(size int) Config {
	return Config{
		Size:          size,
		Mean:          [3]float64{0.48145466, 0.4578275, 0.40821073},
		Std:           [3]float64{0.26862954, 0.26130258, 0.27577711},
		Interpolation: Bicubic,
		ResizeMode:    Shortest,
	}
}

// Validate names the first field that cannot be used.
func (c Config) Validate() error {
	if c.Size < 1 || c.Size > maxSize {
		return fmt.Errorf("image size %d is not in 1..%d", c.Size, maxSize)
	}
	for i := range c.Mean {
		if bad(c.Mean[i]) {
			return fmt.Errorf("mean %v is not finite", c.Mean)
		}
		if bad(c.Std[i]) || c.Std[i] <= 0 {
			return fmt.Errorf("std %v must be positive", c.Std)
		}
	}
	if c.Interpolation != Bicubic {
		return fmt.Errorf("interpolation %q is not supported, only %q", c.Interpolation, Bicubic)
	}
	if c.ResizeMode != Shortest && c.ResizeMode != Squash {
		return fmt.Errorf("resize_mode %q is not supported, only %q and %q", c.ResizeMode, Shortest, Squash)
	}
	return nil
}

func bad(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }
