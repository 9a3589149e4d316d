package world

import "math"

// Render draws the scene: Pixels x Pixels x RGB, 8 bits, row by row. noise is
// the stream of the sensor's noise.
func (s Scene) render(noise stream) []uint8 {
	out := make([]uint8, 0, 3*Pixels*Pixels)
	painters := make([]painter, len(s.objects))
	for i, o := range s.objects {
		painters[i] = painter{o, math.Cos(o.turn), math.Sin(o.turn)}
	}
	light := 1.0
	if s.Light == "dim" {
		light = .55
	}
	for py := range Pixels {
		for px := range Pixels {
			x, y := float64(px)+.5, float64(py)+.5
			level := s.background(x, y)
			pixel := [3]float64{level, level, level}
			for i := len(painters) - 1; i >= 0; i-- {
				painters[i].paint(&pixel, x, y)
			}
			for _, v := range pixel {
				v = clip01(float64(v*light) + noise.normal(.02))
				out = append(out, uint8(float64(v*255)+.5))
			}
		}
	}
	return out
}

// background gives the grey level at a point.
func (s Scene) background(x, y float64) float64 {
	level := grey[s.Back]
	var pattern float64
	switch s.Pattern {
	case "plain":
		return level
	case "striped":
		pattern = side(math.Mod(x+y+s.phase, 6) < 3)
	case "checkered":
		pattern = side(math.Mod(math.Floor((x+s.phase)/6)+math.Floor((y+s.phase)/4), 2) < 1)
	}
	switch s.Back { // keeps white and black inside the range
	case "white":
		pattern -= .13
	case "black":
		pattern += .13
	}
	return level + pattern
}

func side(up bool) float64 {
	if up {
		return .13
	}
	return -.13
}

// painter is an object with the cosine and sine of its turn.
type painter struct {
	object
	c, s float64
}

// paint covers a pixel with the object as far as its outline covers it.
func (p painter) paint(pixel *[3]float64, x, y float64) {
	dx, dy := x-p.x, y-p.y
	if reach := float64(1.5*p.r) + 1; dx > reach || dx < -reach || dy > reach || dy < -reach {
		return
	}
	cover := clip01(.5 - distance(p.shape, float64(p.c*dx)+float64(p.s*dy), float64(-p.s*dx)+float64(p.c*dy), p.r))
	for i := range pixel {
		pixel[i] = float64(pixel[i]*(1-cover)) + float64(cover*p.colour[i])
	}
}

// distance is a signed distance to a shape's outline, negative inside; y points
// down. Conversions round products, which some machines would otherwise fuse
// with the sum around them.
func distance(shape string, x, y, r float64) float64 {
	ax, ay := math.Abs(x), math.Abs(y)
	q := math.Sqrt(float64(x*x) + float64(y*y))
	switch shape {
	case "circle":
		return q - float64(.95*r)
	case "ring":
		return math.Abs(q-float64(.76*r)) - float64(.24*r)
	case "square":
		return math.Max(ax, ay) - float64(.84*r)
	case "cross":
		arm := float64(.3 * r)
		return math.Min(math.Max(ax-r, ay-arm), math.Max(ay-r, ax-arm))
	case "triangle":
		foot := float64(.6 * r)
		return math.Max(y-foot, float64(ax*.866)-float64(y*.5)-foot)
	}
	const fifth = 2 * math.Pi / 5 // star
	t := math.Mod(math.Atan2(x, -y), fifth)
	if t < 0 {
		t += fifth
	}
	t = math.Min(t, fifth-t) / (math.Pi / 5)
	return float64((q - float64(r*1.1*(1-float64(.62*t)))) * .6)
}
