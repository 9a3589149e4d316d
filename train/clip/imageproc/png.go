package imageproc

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// Where a PNG says how its samples are stored.
const (
	pngDepthAt = 24
	pngKindAt  = 25
	pngGray    = 0
)

func decodePNG(data []byte) (*RGB, error) {
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	// Pillow keeps grey of 16 bits as numbers and cuts them at 255.
	clip := data[pngDepthAt] == 16 && data[pngKindAt] == pngGray
	switch img := img.(type) {
	case *image.Gray:
		return fromGray(img), nil
	case *image.RGBA:
		return fromPix(img.Pix, img.Stride, 4, img.Rect), nil
	case *image.NRGBA:
		return fromPix(img.Pix, img.Stride, 4, img.Rect), nil
	case *image.Paletted:
		return fromPaletted(img), nil
	case *image.Gray16:
		return from16(img.Pix, img.Stride, 2, img.Rect, clip), nil
	case *image.RGBA64:
		return from16(img.Pix, img.Stride, 8, img.Rect, clip), nil
	case *image.NRGBA64:
		return from16(img.Pix, img.Stride, 8, img.Rect, clip), nil
	}
	return nil, fmt.Errorf("%w: PNG of kind %T", ErrUnsupported, img)
}

// from16 takes the high byte of big-endian samples, or with clip their value up
// to 255. A pixel has size bytes; two are grey.
func from16(pix []uint8, stride, size int, rect image.Rectangle, clip bool) *RGB {
	m := NewRGB(rect.Dx(), rect.Dy())
	for y := range m.Height {
		in, out := pix[y*stride:], m.row(y)
		for i := range out {
			at := i / 3 * size
			if size > 2 {
				at += i % 3 * 2
			}
			out[i] = in[at]
			if clip {
				out[i] = in[at+1]
				if in[at] != 0 {
					out[i] = 255
				}
			}
		}
	}
	return m
}

// fromPaletted looks the colours up and leaves their transparency aside.
func fromPaletted(img *image.Paletted) *RGB {
	var table [256][3]uint8
	for i, c := range img.Palette {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		table[i] = [3]uint8{n.R, n.G, n.B}
	}
	m := NewRGB(img.Rect.Dx(), img.Rect.Dy())
	for y := range m.Height {
		out := m.row(y)
		for x, i := range img.Pix[y*img.Stride:][:m.Width] {
			copy(out[3*x:3*x+3], table[i][:])
		}
	}
	return m
}
