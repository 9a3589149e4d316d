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

// resizeRows resizes every row.
func resizeRows(m *RGB, all []taps) *RGB {
	out := NewRGB(len(all), m.Height)
	for y := range m.Height {
		in, line := m.row(y), out.row(y)
		for x, t := range all {
			const half = 1 << (fraction - 1)
			r, g, b := int32(half), int32(half), int32(half)
			px := in[3*t.first:][:3*len(t.weights)]
			for _, w := range t.weights {
				r += int32(px[0]) * w
				g += int32(px[1]) * w
				b += int32(px[2]) * w
				px = px[3:]
			}
			to := line[3*x : 3*x+3]
			to[0], to[1], to[2] = clamp(r>>fraction), clamp(g>>fraction), clamp(b>>fraction)
		}
	}
	return out
}

// resizeColumns resizes every column, a row of sums at a time.
func resizeColumns(m *RGB, all []taps) *RGB {
	out := NewRGB(m.Width, len(all))
	sums := make([]int32, 3*m.Width)
	for y, t := range all {
		for i := range sums {
			sums[i] = 1 << (fraction - 1)
		}
		for k, w := range t.weights {
			row := m.row(t.first + k)[:len(sums)]
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
