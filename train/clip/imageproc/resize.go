package imageproc

// Resize scales an image to width x height pixels, both at least 1, with
// antialiased bicubic. Every byte equals that of Pillow 13's
// resize((width, height), BICUBIC); of an older Pillow's too, unless the height
// shrinks by more than twice as many pixels as the width.
func Resize(m *RGB, width, height int) *RGB {
	return resizeRegion(m, width, height, region{0, 0, width, height})
}

// region is a part of an image.
type region struct{ x, y, width, height int }

// resizeRegion gives a part of the resized image without making the rest. Rows
// and columns are resized one after the other, with a rounding to bytes between
// which makes their order count; a side that keeps its length is not touched.
func resizeRegion(m *RGB, width, height int, r region) *RGB {
	var across, down []taps
	x0, x1, y0, y1 := r.x, r.x+r.width, r.y, r.y+r.height
	if width != m.Width {
		across = bicubicTaps(m.Width, width, x0, x1)
		x0, x1 = span(across)
	}
	if height != m.Height {
		down = bicubicTaps(m.Height, height, y0, y1)
		y0, y1 = span(down)
	}
	columnsFirst := m.Height > height && m.Height-height > 2*(m.Width-width)
	m = cut(m, region{x0, y0, x1 - x0, y1 - y0})
	shift(across, x0)
	shift(down, y0)
	if columnsFirst {
		m, down = resizeColumns(m, down), nil
	}
	if across != nil {
		m = resizeRows(m, across)
	}
	if down != nil {
		m = resizeColumns(m, down)
	}
	return m
}

// half rounds a sum of products to the nearest level.
const half = 1 << (fraction - 1)

// resizeRows resizes every row, two at a time: a number holds a sample of each,
// the lower row's 32 bits higher, and so one product weighs both. The sum of a
// row fits 32 bits with its sign, so the two come apart again exactly.
func resizeRows(m *RGB, all []taps) *RGB {
	out := NewRGB(len(all), m.Height)
	both := make([]int64, 3*m.Width)
	for y := 0; y < m.Height; y += 2 {
		next := min(y+1, m.Height-1)
		pack(both, m.row(y), m.row(next))
		upper, lower := out.row(y), out.row(next)
		for x, t := range all {
			const start = half | half<<32
			r, g, b := int64(start), int64(start), int64(start)
			px, weights := both[3*t.first:], t.weights
			for len(weights) >= 2 && len(px) >= 6 {
				v, w := int64(weights[0]), int64(weights[1])
				r += px[0]*v + px[3]*w
				g += px[1]*v + px[4]*w
				b += px[2]*v + px[5]*w
				px, weights = px[6:], weights[2:]
			}
			if len(weights) > 0 {
				w := int64(weights[0])
				r, g, b = r+px[0]*w, g+px[1]*w, b+px[2]*w
			}
			u, l := upper[3*x:3*x+3], lower[3*x:3*x+3]
			u[0], l[0] = apart(r)
			u[1], l[1] = apart(g)
			u[2], l[2] = apart(b)
		}
	}
	return out
}

// pack puts the samples of two rows into one number each.
func pack(both []int64, upper, lower []uint8) {
	upper, lower = upper[:len(both)], lower[:len(both)]
	for i := range both {
		both[i] = int64(upper[i]) | int64(lower[i])<<32
	}
}

// apart gives the levels of the two sums in a number.
func apart(sum int64) (upper, lower uint8) {
	u := int32(sum)
	return clamp(u >> fraction), clamp(int32((sum-int64(u))>>32) >> fraction)
}

// resizeColumns resizes every column, a row of sums at a time, to which four
// input rows are added at once.
func resizeColumns(m *RGB, all []taps) *RGB {
	out := NewRGB(m.Width, len(all))
	sums := make([]int32, 3*m.Width)
	for y, t := range all {
		for i := range sums {
			sums[i] = half
		}
		k, weights := t.first, t.weights
		for ; len(weights) >= 4; k, weights = k+4, weights[4:] {
			a, b, c, d := m.row(k)[:len(sums)], m.row(k + 1)[:len(sums)], m.row(k + 2)[:len(sums)], m.row(k + 3)[:len(sums)]
			wa, wb, wc, wd := weights[0], weights[1], weights[2], weights[3]
			for i := range sums {
				sums[i] += int32(a[i])*wa + int32(b[i])*wb + int32(c[i])*wc + int32(d[i])*wd
			}
		}
		for j, w := range weights {
			row := m.row(k + j)[:len(sums)]
			for i := range sums {
				sums[i] += int32(row[i]) * w
			}
		}
		line := out.row(y)[:len(sums)]
		for i, s := range sums {
			line[i] = clamp(s >> fraction)
		}
	}
	return out
}

// cut copies a part of an image.
func cut(m *RGB, r region) *RGB {
	out := NewRGB(r.width, r.height)
	for y := range r.height {
		copy(out.row(y), m.row(r.y + y)[3*r.x:])
	}
	return out
}
