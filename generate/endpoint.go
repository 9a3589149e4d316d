package generate

import (
	"cmp"
	"math"
	"time"

	"github.com/pcclip/pcclip/generate/limit"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// Endpoint is one of several that share the work of a run.
type Endpoint struct {
	URL         string  // base URL, see llm.Address
	Model       string  // the name it has for the run's model; "" for the same
	APIKeyEnv   string  // environment variable with the key; "" sends none
	Weight      float64 // its share of the tokens in flight, relative to the others; 0 for 1
	Concurrency int     // requests in flight: so many at all times; 0: as many as it is worth
	MostAtOnce  int     // requests in flight at most, where Concurrency is 0; 0 for the run's
	Rates       limit.Rates
	CapField    string // "" for the run's
	Price       Price  // of its tokens; zero for the run's
	Batch       bool   // it is asked through its Batch API; one endpoint of a run may be
}

// endpoints lists all endpoints of a run, with nothing left to default.
func (o Options) endpoints() []Endpoint {
	first := Endpoint{
		URL: o.Endpoint, Model: o.Model, APIKeyEnv: o.APIKeyEnv, Weight: 1, Concurrency: o.Concurrency, MostAtOnce: o.MostAtOnce, Rates: o.Rates, CapField: o.CapField, Price: o.Price, Batch: o.Batches.On,
	}
	all := []Endpoint{first}
	for _, e := range o.Others {
		e.Model, e.Weight, e.MostAtOnce, e.CapField = cmp.Or(e.Model, o.Model), cmp.Or(e.Weight, 1), cmp.Or(e.MostAtOnce, o.MostAtOnce), cmp.Or(e.CapField, o.CapField)
		e.Price = cmp.Or(e.Price, o.Price)
		e.Rates.Burst = cmp.Or(e.Rates.Burst, o.Rates.Burst)
		all = append(all, e)
	}
	return all
}

// most gives how many requests may be in flight at an endpoint.
func (e Endpoint) most() int { return cmp.Or(e.Concurrency, e.MostAtOnce) }

func (e Endpoint) client(o Options) llm.Options {
	c := llm.DefaultOptions()
	c.URL, c.KeyEnv, c.Concurrency, c.Total, c.CapField = e.URL, e.APIKeyEnv, e.most(), o.timeout(), e.CapField
	return c
}

// timeout gives the time of a request as a whole: where it is not set, enough
// for a busy server that writes two tokens a second. Once it is known how long
// answers take, less will do; see llm.Options.
func (o Options) timeout() time.Duration {
	const wait, slow, unbounded = 40 * time.Second, time.Second / 2, 10 * time.Minute
	switch {
	case o.Timeout != 0:
		return o.Timeout
	case o.MaxTokens == 0:
		return unbounded
	}
	return wait + time.Duration(o.MaxTokens)*slow
}

// validate refuses what cannot work, by a fault that names the setting.
func (e Endpoint) validate(o Options) error {
	switch {
	case e.Concurrency < 0 || e.MostAtOnce < 0:
		return fault.Input("read settings", "concurrency", "give the number of requests in flight, or 0 to have it found", "%d", min(e.Concurrency, e.MostAtOnce))
	case !(e.Weight > 0) || math.IsInf(e.Weight, 0):
		return fault.Input("read settings", "weight of "+e.URL, "give a number above 0", "%v", e.Weight)
	}
	return cmp.Or(e.Price.validate(), e.Rates.Validate(), e.client(o).Validate())
}
