package train

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Every sample exactly once per epoch, in batches that differ by at most one,
// another order in the next epoch.
func TestBatchesVisitEverySampleOncePerEpoch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Batches{
			N: rapid.IntRange(1, 700).Draw(t, "n"), Batch: rapid.IntRange(2, 130).Draw(t, "batch"),
			Seed: rapid.Int64().Draw(t, "seed"),
		}
		epoch := rapid.IntRange(0, 3).Draw(t, "epoch")
		var seen []int
		smallest, largest := b.N, 0
		for i := range b.PerEpoch() {
			batch := b.At(epoch*b.PerEpoch() + i)
			smallest, largest = min(smallest, len(batch)), max(largest, len(batch))
			seen = append(seen, batch...)
		}
		slices.Sort(seen)
		if len(seen) != b.N || seen[0] != 0 || seen[b.N-1] != b.N-1 || len(slices.Compact(seen)) != b.N {
			t.Fatalf("epoch %d of %+v does not visit every sample once", epoch, b)
		}
		if largest-smallest > 1 || largest > b.Batch {
			t.Fatalf("batches of %d to %d samples for %+v", smallest, largest, b)
		}
	})
}

func TestBatchesDifferBetweenEpochsAndSeeds(t *testing.T) {
	b := Batches{N: 1000, Batch: 1000, Seed: 1}
	other := b
	other.Seed = 2
	if slices.Equal(b.At(0), b.At(1)) || slices.Equal(b.At(0), other.At(0)) {
		t.Fatal("two epochs or two seeds have one order")
	}
	if !slices.Equal(b.At(1), b.At(1)) {
		t.Fatal("one step has two orders")
	}
}
