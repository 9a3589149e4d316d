package imageproc

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
)

func decodeJPEG(data []byte) (*RGB, error) {
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	switch img := img.(type) {
	case *image.YCbCr:
		return fromYCbCr(img), nil
	case *image.Gray:
		return fromGray(img), nil
	case *image.RGBA: // stored as red, green and blue
		return fromPix(img.Pix, img.Stride, 4, img.Rect), nil
	case *image.CMYK:
		return fromCMYK(img), nil
	}
	return nil, fmt.Errorf("%w: JPEG of kind %T", ErrUnsupported, img)
}

// fromPix takes the first three of size bytes a pixel.
func fromPix(pix []uint8, stride, size int, rect image.Rectangle) *RGB {
	m := NewRGB(rect.Dx(), rect.Dy())
	for y := range m.Height {
		in, out := pix[y*stride:], m.row(y)
		for x := 0; x < len(out); x += 3 {
			copy(out[x:x+3], in[:3])
			in = in[min(size, len(in)):]
		}
	}
	return m
}

func fromGray(img *image.Gray) *RGB {
	m := NewRGB(img.Rect.Dx(), img.Rect.Dy())
	for y := range m.Height {
		out := m.row(y)
		for x, v := range img.Pix[y*img.Stride:][:m.Width] {
			out[3*x], out[3*x+1], out[3*x+2] = v, v, v
		}
	}
	return m
}

// fromCMYK is Pillow's conversion: ink times what black leaves, rounded.
func fromCMYK(img *image.CMYK) *RGB {
	m := NewRGB(img.Rect.Dx(), img.Rect.Dy())
	for y := range m.Height {
		in, out := img.Pix[y*img.Stride:], m.row(y)
		for x := range m.Width {
			light := 255 - int(in[4*x+3])
			for c := range 3 {
				ink := int(in[4*x+c])*light + 128
				out[3*x+c] = uint8(max(light-(ink>>8+ink)>>8, 0))
			}
		}
	}
	return m
}

// fromYCbCr converts with libjpeg's upsampling and tables.
func fromYCbCr(img *image.YCbCr) *RGB {
	m := NewRGB(img.Rect.Dx(), img.Rect.Dy())
	up := newUpsampler(img, m.Width, m.Height)
	for y := range m.Height {
		cb, cr := up.rows(y)
		luma, out := img.Y[y*img.YStride:][:m.Width], m.row(y)
		for x, l := range luma {
			b, r := cb[x], cr[x]
			l := int32(l)
			out[3*x] = clamp(l + ycc.crRed[r])
			out[3*x+1] = clamp(l + (ycc.cbGreen[b]+ycc.crGreen[r])>>16)
			out[3*x+2] = clamp(l + ycc.cbBlue[b])
		}
	}
	return m
}

func clamp(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// ycc holds libjpeg's colour conversion: 16 bits behind the point, red and blue
// rounded each, green rounded once.
var ycc = func() (t struct{ crRed, cbBlue, crGreen, cbGreen [256]int32 }) {
	const half = 1 << 15
	fix := func(x float64) int32 { return int32(x*(1<<16) + 0.5) }
	for i := range int32(256) {
		x := i - 128
		t.crRed[i] = (fix(1.40200)*x + half) >> 16
		t.cbBlue[i] = (fix(1.77200)*x + half) >> 16
		t.crGreen[i] = -fix(0.71414) * x
		t.cbGreen[i] = -fix(0.34414)*x + half
	}
	return t
}()
