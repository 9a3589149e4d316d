package report

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image/png"

	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/pipeline/pictures"
	"github.com/pcclip/pcclip/train/clip/imageproc"
)

// side bounds the longer side of a picture on the page, in pixels.
const side = 256

// picture is an image on the page.
type picture struct {
	Name    string       `json:"name"`
	Caption string       `json:"caption,omitempty"`
	URL     template.URL `json:"-"` // data:image/png; "" where it could not be read
	Small   bool         `json:"-"` // few pixels: enlarged without blur
}

// Alt is what is said to those who do not see it.
func (p picture) Alt() string {
	if p.Caption != "" {
		return p.Caption
	}
	return p.Name
}

// load makes the picture part of the page: decoded and written anew, so that
// nothing but pixels of a file gets in. What cannot be read stays unshown.
func (p *picture) load(images *dataset.Images) {
	r, err := images.Open(p.Name)
	if err != nil {
		return
	}
	defer r.Close()
	m, err := imageproc.Decode(r, imageproc.DefaultLimits())
	if err != nil {
		return
	}
	p.Small = max(m.Width, m.Height) <= side/2
	var b bytes.Buffer
	if png.Encode(&b, pictures.Shrunk(m, side)) != nil {
		return
	}
	p.URL = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())) //nolint:gosec // base64
}
