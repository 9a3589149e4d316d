package world

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/pcclip/pcclip/shards/order"
)

// stream is a seeded source of draws.
type stream struct{ *rand.Rand }

// newStream gives the stream of (seed, label): scenes, captions and noise have
// one each, so that any of them can be drawn without the others.
func newStream(seed int64, format string, args ...any) stream {
	label := "world/v1/" + fmt.Sprintf(format, args...)
	return stream{rand.New(rand.NewPCG(order.Hash(seed, label), order.Hash(seed, label+"/2")))}
}

// chance is true with probability p.
func (r stream) chance(p float64) bool { return r.Float64() < p }

// between is uniform in [low, high).
func (r stream) between(low, high float64) float64 { return low + float64((high-low)*r.Float64()) }

// normal is normal with mean 0.
func (r stream) normal(deviation float64) float64 { return float64(r.NormFloat64() * deviation) }

// pick draws one of some.
func pick[T any](r stream, some ...T) T { return some[r.IntN(len(some))] }

// weighted draws an index with the given probabilities, which add up to 1.
func weighted(r stream, p ...float64) int {
	x := r.Float64()
	for i, q := range p {
		if x -= q; x < 0 {
			return i
		}
	}
	return len(p) - 1
}

func clip01(x float64) float64 { return math.Min(1, math.Max(0, x)) }
