package limit

import "github.com/pcclip/pcclip/shards/fault"

// Options of a Concurrency. Begin with Default.
type Options struct {
	Start int // requests in flight at the beginning
	Max   int // requests in flight at most
}

// Default begins with 4 and stops at 1,024 in flight.
func Default() Options { return Options{Start: 4, Max: 1024} }

// Validate refuses what cannot work, by a fault that names the setting.
func (o Options) Validate() error {
	switch {
	case o.Max < 1 || o.Max > 1<<16:
		return fault.Input("read settings", "concurrency", "give 1 to 65536", "%d requests in flight at most", o.Max)
	case o.Start < 1 || o.Start > o.Max:
		return fault.Input("read settings", "start of the concurrency", "give 1 up to the concurrency", "%d requests in flight", o.Start)
	}
	return nil
}
