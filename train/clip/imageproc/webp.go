package imageproc

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"

	"golang.org/x/image/webp"
)

// checkWebP looks for what the decoder does not tell apart: a file that ends
// before its own length, and an animation.
func checkWebP(data []byte) error {
	if len(data) < 30 || int64(binary.LittleEndian.Uint32(data[4:]))+8 > int64(len(data)) {
		return fmt.Errorf("%w: WebP of %d bytes", ErrTruncated, len(data))
	}
	const animated = 1 << 1
	if string(data[12:16]) == "VP8X" && data[20]&animated != 0 {
		return fmt.Errorf("%w: animated WebP", ErrUnsupported)
	}
	return nil
}

func decodeWebP(data []byte) (*RGB, error) {
	img, err := webp.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	switch img := img.(type) {
	case *image.YCbCr:
		return fromVP8(img), nil
	case *image.NYCbCrA:
		return fromVP8(&img.YCbCr), nil
	case *image.NRGBA:
		return fromPix(img.Pix, img.Stride, 4, img.Rect), nil
	}
	return nil, fmt.Errorf("%w: WebP of kind %T", ErrUnsupported, img)
}

// fromVP8 converts a lossy WebP as libwebp does. Its luma runs from 16 to 235,
// unlike a JPEG's, and its chroma, always of half size, is upsampled with
// rounding of its own.
func fromVP8(img *image.YCbCr) *RGB {
	m := NewRGB(img.Rect.Dx(), img.Rect.Dy())
	w, h := (m.Width+1)/2, (m.Height+1)/2
	cb, cr := plane{img.Cb, img.CStride, w, h}, plane{img.Cr, img.CStride, w, h}
	u, v := make([]int32, m.Width), make([]int32, m.Width)
	for y := range m.Height {
		near, far := y/2, y/2-1+y%2*2
		vp8Row(u, cb.row(near), cb.row(far))
		vp8Row(v, cr.row(near), cr.row(far))
		luma, out := img.Y[y*img.YStride:][:m.Width], m.row(y)
		for x, l := range luma {
			l := int32(l) * 19077 >> 8
			out[3*x] = vp8Clip(l + v[x]*26149>>8 - 14234)
			out[3*x+1] = vp8Clip(l - u[x]*6419>>8 - v[x]*13320>>8 + 8708)
			out[3*x+2] = vp8Clip(l + u[x]*33050>>8 - 17685)
		}
	}
	return m
}

func vp8Clip(v int32) uint8 { return clamp(v >> 6) }

// vp8Row upsamples one row: a pixel is (9 near + 3 beside + 3 far + 1 opposite)
// / 16, by two halvings that round as libwebp's do.
func vp8Row(out []int32, near, far []uint8) {
	for x := range out {
		at := x / 2
		beside := at - 1 + x%2*2
		if x == 0 || beside >= len(near) {
			out[x] = (3*int32(near[at]) + int32(far[at]) + 2) >> 2
			continue
		}
		a, b, c, d := int32(near[at]), int32(near[beside]), int32(far[at]), int32(far[beside])
		diagonal := (a + b + c + d + 2*(b+c) + 8) >> 3
		out[x] = (diagonal + a) >> 1
	}
}
