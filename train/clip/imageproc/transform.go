package imageproc

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"strings"
)

// Transform makes model inputs of images. It is safe for concurrent use; callers
// run it on as many images at a time as they have cores.
type Transform struct {
	config Config
	levels [3][256]float32 // what each level of red, green, blue becomes
}

// NewTransform checks c and prepares it.
func NewTransform(c Config) (*Transform, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("prepare preprocessing: %w", err)
	}
	t := &Transform{config: c}
	for i := range t.levels {
		mean, std := float32(c.Mean[i]), float32(c.Std[i])
		for v := range t.levels[i] {
			t.levels[i][v] = float32(float32(v)/255-mean) / std
		}
	}
	return t, nil
}

// Size gives the side of the input in pixels.
func (t *Transform) Size() int { return t.config.Size }

// Len gives the numbers of one input: 3 x Size x Size.
func (t *Transform) Len() int { return 3 * t.config.Size * t.config.Size }

// Pixels gives the resized and cropped image, Size x Size.
func (t *Transform) Pixels(m *RGB) *RGB {
	size := t.config.Size
	if t.config.ResizeMode == Squash {
		return Resize(m, size, size)
	}
	width, height := shortest(m.Width, m.Height, size)
	left, top := centre(width, size), centre(height, size)
	return resizeRegion(m, width, height, region{left, top, size, size})
}

// Apply gives the normalised input: channel, row, column, as float32.
func (t *Transform) Apply(m *RGB) []float32 {
	out := make([]float32, t.Len())
	t.ApplyTo(out, m)
	return out
}

// ApplyTo is Apply into dst, which has room for Len numbers.
func (t *Transform) ApplyTo(dst []float32, m *RGB) {
	pix := t.Pixels(m).Pix
	n := len(pix) / 3
	for c := range t.levels {
		plane, levels := dst[c*n:][:n], &t.levels[c]
		for i := range plane {
			plane[i] = levels[pix[3*i+c]]
		}
	}
}

// CenterCrop cuts the middle width x height out of an image that has them. An
// odd rest is split as Python's round does it: half to even.
func CenterCrop(m *RGB, width, height int) (*RGB, error) {
	if width < 1 || height < 1 || width > m.Width || height > m.Height {
		return nil, fmt.Errorf("crop %d x %d of an image of %d x %d", width, height, m.Width, m.Height)
	}
	return cut(m, region{centre(m.Width, width), centre(m.Height, height), width, height}), nil
}

// centre gives the offset of a crop of n out of length.
func centre(length, n int) int { return int(math.RoundToEven(float64(length-n) / 2)) }

// shortest gives the size of an image whose shorter side becomes size; the
// longer one is cut to a whole number.
func shortest(width, height, size int) (w, h int) {
	long := int(float64(size*max(width, height)) / float64(min(width, height)))
	if width <= height {
		return size, long
	}
	return long, size
}

// pixelsVersion changes with every change to this package that changes pixels.
const pixelsVersion = "pcclip-pixels/v1"

// PreprocessID gives a digest, 16 hex digits, of everything that decides the
// numbers of an input beside the file: the configuration, this package's rules
// and the release of Go, whose JPEG decoder may change between releases.
func PreprocessID(c Config) string {
	release := runtime.Version()
	if parts := strings.Split(release, "."); strings.HasPrefix(release, "go1.") && len(parts) > 2 {
		release = strings.Join(parts[:2], ".")
	}
	data, err := json.Marshal(struct {
		Version, Go string
		Config      Config
	}{pixelsVersion, release, c})
	if err != nil { // only numbers that Validate refuses cannot be written
		data = fmt.Appendf(nil, "%v", c)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
