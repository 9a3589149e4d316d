package limit

import (
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

// Rates are what a provider allows in a minute; 0 means no limit. Begin with
// DefaultRates.
type Rates struct {
	Requests int64 // requests a minute
	Input    int64 // tokens of questions a minute
	Output   int64 // tokens of answers a minute
	Tokens   int64 // tokens of both together a minute, as most providers count
	// Burst is how much may go at once after a pause, as time at the full rate.
	// The refill is slower by as much, so that a burst and the minute that
	// begins with it keep the limit together: 2 s cost 3.3 % of the rate.
	Burst time.Duration
}

// DefaultRates limit nothing until the endpoint's headers name a limit.
func DefaultRates() Rates { return Rates{Burst: 2 * time.Second} }

// longestBurst leaves at least 95 % of the rate.
const longestBurst = 3 * time.Second

// Validate refuses what cannot work, by a fault that names the setting.
func (r Rates) Validate() error {
	for _, f := range []struct {
		what string
		n    int64
	}{{"requests per minute", r.Requests}, {"input tokens per minute", r.Input}, {"output tokens per minute", r.Output}, {"tokens per minute", r.Tokens}} {
		if f.n < 0 {
			return fault.Input("read settings", f.what, "give what the provider allows, or 0 for no limit", "%d", f.n)
		}
	}
	if r.Burst <= 0 || r.Burst > longestBurst {
		return fault.Input("read settings", "burst", "give more than 0, at most 3s", "%v", r.Burst)
	}
	return nil
}
