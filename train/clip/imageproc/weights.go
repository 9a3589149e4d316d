package imageproc

import "math"

// fraction is the bits behind the point of a weight, as in Pillow.
const fraction = 32 - 8 - 2

// taps are the input samples of one output sample and their weights.
type taps struct {
	first   int     // index of the first input sample
	weights []int32 // fixed point, their sum about 1<<fraction
}

// bicubicTaps gives the taps of the outputs from..to-1 of out, resized from in.
// The arithmetic is Pillow's, step by step; the conversions keep compilers from
// fusing a product and a sum.
func bicubicTaps(in, out, from, to int) []taps {
	const radius = 2.0
	scale := float64(in) / float64(out)
	stretch := max(scale, 1)
	support := radius * stretch
	inverse := 1 / stretch
	all := make([]taps, to-from)
	most := int(math.Ceil(support))*2 + 1
	raw := make([]float64, most)
	kept := make([]int32, 0, most*len(all))
	for i := range all {
		center := float64((float64(from+i) + 0.5) * scale)
		first := max(int(center-support+0.5), 0)
		n := min(int(center+support+0.5), in) - first
		sum := 0.0
		for x := range n {
			w := bicubic((float64(x+first) - center + 0.5) * inverse)
			raw[x] = w
			sum += w
		}
		for _, w := range raw[:n] {
			if sum != 0 {
				w /= sum
			}
			kept = append(kept, int32(math.Copysign(0.5, w)+float64(w*(1<<fraction))))
		}
		all[i] = taps{first, kept[len(kept)-n:]}
	}
	return all
}

// bicubic is the cubic convolution kernel with a = -0.5.
func bicubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return float64(float64((float64((a+2)*x)-(a+3))*x)*x) + 1
	case x < 2:
		return (float64((float64((x-5)*x)+8)*x) - 4) * a
	}
	return 0
}

// span gives the first input sample of all taps and the one behind the last.
func span(all []taps) (first, end int) {
	first = all[0].first
	for _, t := range all {
		first, end = min(first, t.first), max(end, t.first+len(t.weights))
	}
	return first, end
}

// shift counts the input samples from first on.
func shift(all []taps, first int) {
	for i := range all {
		all[i].first -= first
	}
}
