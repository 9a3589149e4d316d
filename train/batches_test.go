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
			Seed: rapid.Int64().Draw(t, "seed"), Window: rapid.IntRange(0, 9).Draw(t, "window"),
			Length: func(i int) int { return i * 7919 % 61 },
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

// Sorting by length inside windows keeps which samples a window has, and cuts
// the padding.
func TestBatchesAreSortedInsideWindows(t *testing.T) {
	length := func(i int) int { return 8 + i*7919%61 }
	plain := Batches{N: 1000, Batch: 50, Seed: 3}
	sorted := plain
	sorted.Window, sorted.Length = 8, length
	padding := func(b Batches) (all int) {
		for step := range b.PerEpoch() {
			longest := 0
			for _, i := range b.At(step) {
				longest = max(longest, length(i))
			}
			all += longest * len(b.At(step))
		}
		return all
	}
	if a, b := padding(plain), padding(sorted); b > a*3/4 {
		t.Errorf("%d positions, without sorting %d", b, a)
	}
	for first := 0; first < plain.PerEpoch(); first += 8 {
		var a, b []int
		for step := first; step < min(first+8, plain.PerEpoch()); step++ {
			a, b = append(a, plain.At(step)...), append(b, sorted.At(step)...)
		}
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Fatalf("the window from batch %d has other samples", first)
		}
	}
}
