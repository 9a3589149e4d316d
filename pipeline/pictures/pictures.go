// Package pictures gets images ready for multimodal endpoints: small enough to
// send, the same bytes on every machine.
package pictures

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"sync"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip/imageproc"
)

// quality of the JPEG files that are sent.
const quality = 90

// Folder gives the images of a folder. It is safe for concurrent use.
type Folder struct {
	open func(name string) (io.ReadCloser, error)
	side int

	mu      sync.Mutex
	digests map[string]string // by name: an image is part of many pairs
}

// New makes a Folder of the images that open gives. Images whose longer side
// exceeds side pixels are resized to it (antialiased bicubic); all are sent as
// JPEG. side is 64 to 4096.
func New(open func(name string) (io.ReadCloser, error), side int) (*Folder, error) {
	if side < 64 || side > 4096 {
		return nil, fault.Input("read settings", "image side", "give 64 to 4096 pixels", "%d pixels", side)
	}
	return &Folder{open: open, side: side, digests: map[string]string{}}, nil
}

// Like makes a Folder that gets images ready in the way of that name; see
// Prepared.
func Like(open func(name string) (io.ReadCloser, error), prepared string) (*Folder, error) {
	var q, side int
	if _, err := fmt.Sscanf(prepared, preparedForm, &q, &side); err != nil || q != quality {
		return nil, fault.Input("read settings", "images", "use the pcclip that made them", "unknown way to get images ready: %q", prepared)
	}
	return New(open, side)
}

const preparedForm = "jpeg/q%d/side%d/v1"

// Prepared names how images are made ready: with the same digest it gives the
// same bytes.
func (f *Folder) Prepared() string { return fmt.Sprintf(preparedForm, quality, f.side) }

// Digest gives the SHA-256 of an image's file, in hex.
func (f *Folder) Digest(name string) (string, error) {
	f.mu.Lock()
	known, ok := f.digests[name]
	f.mu.Unlock()
	if ok {
		return known, nil
	}
	r, err := f.open(name)
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", fmt.Errorf("read image %s: %w", name, err)
	}
	sum := hex.EncodeToString(h.Sum(nil))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.digests[name] = sum
	return sum, nil
}

// Load gives an image as it is sent, and its MIME type.
func (f *Folder) Load(name string) (mime string, data []byte, err error) {
	r, err := f.open(name)
	if err != nil {
		return "", nil, err
	}
	defer r.Close()
	m, err := imageproc.Decode(r, imageproc.DefaultLimits())
	if err != nil {
		return "", nil, fmt.Errorf("read image %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, Shrunk(m, f.side), &jpeg.Options{Quality: quality}); err != nil {
		return "", nil, fmt.Errorf("write image %s: %w", name, err)
	}
	return "image/jpeg", out.Bytes(), nil
}

// Shrunk gives an image in the form that encoders take, resized (antialiased
// bicubic) where its longer side exceeds side pixels.
func Shrunk(m *imageproc.RGB, side int) image.Image {
	if longer := max(m.Width, m.Height); longer > side {
		scale := func(n int) int { return max(1, (n*side+longer/2)/longer) }
		m = imageproc.Resize(m, scale(m.Width), scale(m.Height))
	}
	p := image.NewNRGBA(image.Rect(0, 0, m.Width, m.Height))
	for i, j := 0, 0; i < len(m.Pix); i, j = i+3, j+4 {
		p.Pix[j], p.Pix[j+1], p.Pix[j+2], p.Pix[j+3] = m.Pix[i], m.Pix[i+1], m.Pix[i+2], 0xff
	}
	return p
}
