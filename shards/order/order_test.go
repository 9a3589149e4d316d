package order

import (
	"testing"

	"pgregory.net/rapid"
)

func TestPermutationIsABijection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, 5000).Draw(t, "n")
		p := New(n, rapid.Int64().Draw(t, "seed"), "test")
		seen := make([]bool, n)
		for k := range n {
			x := p.At(k)
			if x >= n || seen[x] {
				t.Fatalf("position %d of %d gives %d", k, n, x)
			}
			seen[x] = true
		}
	})
}

func TestPermutationSpreads(t *testing.T) {
	// Of a shuffled million, the first thousand land evenly on ten tenths.
	p := New(1_000_000, 3, "test")
	var tenths [10]int
	for k := range uint64(1000) {
		tenths[p.At(k)/100_000]++
	}
	for i, n := range tenths {
		if n < 60 || n > 140 { // 100 +- 4 standard deviations
			t.Errorf("tenth %d has %d of 1000", i, n)
		}
	}
}

// The orders of plans and trainings on disk: a change breaks them all.
func TestOrderIsFixed(t *testing.T) {
	p := New(1000, 42, "golden")
	got := [4]uint64{p.At(0), p.At(1), p.At(2), p.At(999)}
	if want := [4]uint64{669, 292, 500, 759}; got != want {
		t.Errorf("permutation gives %v", got)
	}
	if h := Hash(42, "golden"); h != 9458999186081123822 {
		t.Errorf("hash gives %d", h)
	}
}

func TestLargeDomains(t *testing.T) {
	p := New(10_000_000_000, 1, "test")
	seen := map[uint64]bool{}
	for k := range uint64(10_000) {
		x := p.At(k)
		if x >= p.Len() || seen[x] {
			t.Fatalf("position %d gives %d", k, x)
		}
		seen[x] = true
	}
	for i := range 1000 {
		if u := Unit(int64(i), "test"); u < 0 || u >= 1 {
			t.Fatalf("unit gives %v", u)
		}
	}
}
