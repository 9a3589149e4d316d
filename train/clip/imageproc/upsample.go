package imageproc

import "image"

// upsampler brings the two chroma planes of a JPEG to full size, a row at a
// time, as libjpeg-turbo does with fancy upsampling: a triangle filter over the
// nearest two samples, or four; plain repetition for ratios other than 1 and 2
// and for planes too narrow for the filter.
type upsampler struct {
	planes         [2]plane
	width          int // of the image
	stepX, stepY   int // pixels a chroma sample covers
	fancyX, fancyY bool
	sums           []int32 // a row of samples, filtered vertically
	out            [2][]uint8
}

// plane is one chroma plane with its real size, without the blocks' padding.
type plane struct {
	pix           []uint8
	stride        int
	width, height int
}

func (p plane) row(y int) []uint8 {
	return p.pix[min(max(y, 0), p.height-1)*p.stride:][:p.width]
}

func newUpsampler(img *image.YCbCr, width, height int) *upsampler {
	u := &upsampler{width: width, stepX: 1, stepY: 1}
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		u.stepX = 2
	case image.YCbCrSubsampleRatio420:
		u.stepX, u.stepY = 2, 2
	case image.YCbCrSubsampleRatio440:
		u.stepY = 2
	case image.YCbCrSubsampleRatio411:
		u.stepX = 4
	case image.YCbCrSubsampleRatio410:
		u.stepX, u.stepY = 4, 2
	}
	w, h := (width+u.stepX-1)/u.stepX, (height+u.stepY-1)/u.stepY
	u.planes = [2]plane{{img.Cb, img.CStride, w, h}, {img.Cr, img.CStride, w, h}}
	u.fancyX = u.stepX == 2 && w > 2
	u.fancyY = u.stepY == 2 && (u.fancyX || u.stepX == 1)
	u.sums = make([]int32, w)
	for i := range u.out {
		u.out[i] = make([]uint8, max(w*u.stepX, width))
	}
	return u
}

// rows gives the two chroma rows of image row y, valid until the next call.
func (u *upsampler) rows(y int) (cb, cr []uint8) {
	for i, p := range u.planes {
		u.fill(u.out[i], p, y)
	}
	return u.out[0][:u.width], u.out[1][:u.width]
}

func (u *upsampler) fill(out []uint8, p plane, y int) {
	near := p.row(y / u.stepY)
	switch {
	case u.fancyX && u.fancyY:
		far := p.row(y/2 - 1 + y%2*2)
		for x := range near {
			u.sums[x] = 3*int32(near[x]) + int32(far[x])
		}
		triangle(out, u.sums, 4, 8, 7)
	case u.fancyX:
		for x := range near {
			u.sums[x] = int32(near[x])
		}
		triangle(out, u.sums, 2, 1, 2)
	case u.fancyY:
		far, bias := p.row(y/2-1+y%2*2), 1+int32(y%2)
		for x := range near {
			out[x] = uint8((3*int32(near[x]) + int32(far[x]) + bias) >> 2)
		}
	default:
		for x := range near {
			for i := range u.stepX {
				out[x*u.stepX+i] = near[x]
			}
		}
	}
}

// triangle doubles a row of at least two sums: each pixel is 3/4 of the nearest
// and 1/4 of the next one. shift takes the sums' scale and the 4 off again; left
// and right are what is added before, for the left and right pixel of a sample.
func triangle(out []uint8, sums []int32, shift uint, left, right int32) {
	last := len(sums) - 1
	for x, s := range sums {
		before, after := s, s
		if x > 0 {
			before = sums[x-1]
		}
		if x < last {
			after = sums[x+1]
		}
		out[2*x] = uint8((3*s + before + left) >> shift)
		out[2*x+1] = uint8((3*s + after + right) >> shift)
	}
}
