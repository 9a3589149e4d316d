package train

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
)

// minDelta is the smallest length of u_a - u_b that has a direction: fp32
// noise of two equal unit vectors stays below it.
const minDelta = 1e-6

// delta gives what the text of a sample is pulled towards, and whether it has a
// direction: the difference of its unit vectors, or a caption's one vector.
func (d *differences) delta(i int) (delta []float32, ok bool) {
	delta = make([]float32, d.dim)
	copy(delta, d.table.Vector(int(d.a[i])))
	if d.b[i] >= 0 {
		for k, x := range d.table.Vector(int(d.b[i])) {
			delta[k] -= x
		}
	}
	length := lengthOf(delta)
	switch d.broken {
	case Reversed:
		for k := range delta {
			delta[k] = -delta[k]
		}
	case Random:
		delta = d.nowhere(i, length)
	}
	return delta, length > minDelta
}

// nowhere gives a direction that only the images' ids and the seed decide, of
// the given length.
func (d *differences) nowhere(i int, length float64) []float32 {
	a, b := d.set.Images(d.first[i])
	r := rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "control/random %d %q %q", d.seed, a, b))))
	out := make([]float32, d.dim)
	for k := range out {
		out[k] = float32(r.NormFloat64())
	}
	scale := length / lengthOf(out)
	for k := range out {
		out[k] = float32(float64(out[k]) * scale)
	}
	return out
}

func lengthOf(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}
