package train

import (
	"fmt"

	"github.com/pcclip/pcclip/shards/order"
)

// Batches is the order of n samples in batches of about the asked size. Epoch
// e visits sample order.New(n, seed, "epoch/e").At(k) at position k, each
// exactly once, cut into ceil(n/batch) batches whose sizes differ by at most
// one, so that no batch is too small to hold negatives. It has no state: any
// step can be asked at any time, which is all that resuming needs.
type Batches struct {
	N, Batch int
	Seed     int64
}

// PerEpoch gives the number of batches of an epoch.
func (b Batches) PerEpoch() int { return (b.N + b.Batch - 1) / b.Batch }

// Epoch gives the epoch that step (from 0) belongs to.
func (b Batches) Epoch(step int) int { return step / b.PerEpoch() }

// At gives the samples of a step, from 0.
func (b Batches) At(step int) []int {
	per := b.PerEpoch()
	epoch, i := step/per, step%per
	perm := order.New(uint64(b.N), b.Seed, fmt.Sprintf("epoch/%d", epoch))
	from, to := i*b.N/per, (i+1)*b.N/per
	out := make([]int, 0, to-from)
	for k := from; k < to; k++ {
		out = append(out, int(perm.At(uint64(k))))
	}
	return out
}
