package eval

import (
	"math/rand/v2"
	"slices"

	"github.com/pcclip/pcclip/shards/order"
)

// bootstrapDraws is the number of resamplings of an interval.
const bootstrapDraws = 1000

// Interval is a 95 % interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Strata are the values of items, task by task: their statistic is the mean of
// the means of tasks.
type Strata [][]float64

func (s Strata) mean() float64 {
	sum := 0.0
	for _, values := range s {
		sum += mean(values)
	}
	return sum / float64(max(len(s), 1))
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, x := range values {
		sum += x
	}
	return sum / float64(max(len(values), 1))
}

// Minus gives the differences item by item. ok is false where the two do not
// hold the same items.
func (s Strata) Minus(other Strata) (diff Strata, ok bool) {
	if len(s) != len(other) {
		return nil, false
	}
	for i, values := range s {
		if len(values) != len(other[i]) {
			return nil, false
		}
		d := make([]float64, len(values))
		for k := range d {
			d[k] = values[k] - other[i][k]
		}
		diff = append(diff, d)
	}
	return diff, true
}

// Bootstrap gives the percentile interval of the mean over seeds, items
// resampled within their task and seed: what other items of the same worlds
// would have given. Given differences item by item, it is a paired bootstrap. It
// says nothing of other seeds; a Stat's error does.
func Bootstrap(seeds []Strata, seed int64) Interval {
	r := rand.New(rand.NewPCG(order.Hash(seed, "bootstrap"), 1))
	draws := make([]float64, bootstrapDraws)
	for d := range draws {
		sum := 0.0
		for _, strata := range seeds {
			for _, values := range strata {
				drawn := 0.0
				for range values {
					drawn += values[r.IntN(len(values))]
				}
				sum += drawn / float64(max(len(values), 1)) / float64(len(strata))
			}
		}
		draws[d] = sum / float64(max(len(seeds), 1))
	}
	slices.Sort(draws)
	return Interval{Low: draws[bootstrapDraws*25/1000], High: draws[bootstrapDraws*975/1000-1]}
}
