package batch

import (
	"time"

	"github.com/pcclip/pcclip/shards/fault"
)

// Options bound the batches of a run.
type Options struct {
	Lines    int           // requests of a file at most
	Bytes    int64         // of a file at most
	Open     int           // batches at a time at most
	Attempts int           // tries of one step; being told to slow down counts a tenth of one
	Poll     time.Duration // the first look at a batch comes after this, the next ones after ever more
	MaxPoll  time.Duration // but never more than this; also the longest wait between two tries
	Grace    time.Duration // a provider's list may lack a new batch for so long
}

// Default fits OpenAI and Together: 50,000 lines and 100 MB a file. A provider
// that cannot be reached is waited for about twenty minutes.
func Default() Options {
	return Options{Lines: 50_000, Bytes: 100_000_000, Open: 16, Attempts: 10, Poll: 5 * time.Second, MaxPoll: 5 * time.Minute, Grace: time.Minute}
}

// Validate refuses what cannot work, by a fault.
func (o Options) Validate() error {
	switch {
	case o.Lines < 1 || o.Lines > 1_000_000:
		return fault.Input("read settings", "batch lines", "give 1 to 1000000 requests of a file", "%d", o.Lines)
	case o.Bytes < 1000:
		return fault.Input("read settings", "batch bytes", "give 1000 or more", "%d", o.Bytes)
	case o.Open < 1:
		return fault.Input("read settings", "open batches", "give 1 or more", "%d", o.Open)
	case o.Attempts < 1 || o.Poll <= 0 || o.MaxPoll < o.Poll || o.Grace < 0:
		return fault.Input("read settings", "batch", "give positive times", "%d attempts, polls from %s to %s", o.Attempts, o.Poll, o.MaxPoll)
	}
	return nil
}
