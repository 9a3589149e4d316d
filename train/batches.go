package train

import (
	"fmt"
	"slices"

	"github.com/pcclip/pcclip/shards/order"
)

// Batches is the order of n samples in batches of about the asked size. Epoch
// e visits sample order.New(n, seed, "epoch/e").At(k) at position k, each
// exactly once, cut into ceil(n/batch) batches whose sizes differ by at most
// one, so that no batch is too small to hold negatives. It has no state: any
// step can be asked at any time, which is all that resuming needs.
//
// With a Window of more than one batch, the samples of so many batches are
// sorted by length before they are cut, and the batches come in another drawn
// order: less padding, at the price of batches of alike length.
type Batches struct {
	N, Batch int
	Seed     int64
	Window   int
	Length   func(sample int) int // needed where Window is above 1
}

// PerEpoch gives the number of batches of an epoch.
func (b Batches) PerEpoch() int { return (b.N + b.Batch - 1) / b.Batch }

// Epoch gives the epoch that step (from 0) belongs to.
func (b Batches) Epoch(step int) int { return step / b.PerEpoch() }

// At gives the samples of a step, from 0.
func (b Batches) At(step int) []int {
	per := b.PerEpoch()
	epoch, i := step/per, step%per
	if b.Window < 2 {
		return b.samples(epoch, i, i+1)
	}
	first := i / b.Window * b.Window
	after := min(first+b.Window, per)
	all := b.samples(epoch, first, after)
	slices.SortStableFunc(all, func(x, y int) int { return b.Length(x) - b.Length(y) })
	drawn := order.New(uint64(after-first), b.Seed, fmt.Sprintf("epoch/%d/window/%d", epoch, first))
	k := int(drawn.At(uint64(i - first)))
	// As many to each batch as positions have it, whatever the order is.
	from, to := b.position(first+k)-b.position(first), b.position(first+k+1)-b.position(first)
	return all[from:to]
}

// position gives the place in an epoch at which batch i begins.
func (b Batches) position(i int) int { return i * b.N / b.PerEpoch() }

// samples gives those of the batches from up to before to of an epoch, in the
// drawn order.
func (b Batches) samples(epoch, from, to int) []int {
	perm := order.New(uint64(b.N), b.Seed, fmt.Sprintf("epoch/%d", epoch))
	out := make([]int, 0, b.position(to)-b.position(from))
	for k := b.position(from); k < b.position(to); k++ {
		out = append(out, int(perm.At(uint64(k))))
	}
	return out
}
