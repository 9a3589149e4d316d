package limit

import (
	"math"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

// PoolOptions describe several endpoints for the same work. Begin with
// DefaultPool.
type PoolOptions struct {
	Weights  []float64     // one an endpoint: its share of the tokens in flight, relative to the others
	Failures int           // in a row after which an endpoint is left out
	First    time.Duration // how long, the first time; it doubles from then on
	Longest  time.Duration // how long at most
}

// DefaultPool has n equal endpoints.
func DefaultPool(n int) PoolOptions {
	o := PoolOptions{Failures: 5, First: 5 * time.Second, Longest: 5 * time.Minute}
	for range n {
		o.Weights = append(o.Weights, 1)
	}
	return o
}

// Validate refuses what cannot work, by a fault that names the setting.
func (o PoolOptions) Validate() error {
	if len(o.Weights) == 0 {
		return fault.Input("read settings", "endpoints", "give at least one", "no endpoint")
	}
	for i, w := range o.Weights {
		if !(w > 0) || math.IsInf(w, 0) {
			return fault.Input("read settings", "weights", "give numbers above 0", "endpoint %d has weight %v", i+1, w)
		}
	}
	switch {
	case o.Failures < 1:
		return fault.Input("read settings", "failures in a row", "give at least 1", "%d", o.Failures)
	case o.First <= 0 || o.Longest < o.First:
		return fault.Input("read settings", "time that an endpoint is left out", "give a first one above 0 and a longest one not below it", "%v up to %v", o.First, o.Longest)
	}
	return nil
}
