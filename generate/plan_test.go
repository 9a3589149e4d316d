package generate

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/pcclip/pcclip/shards/fault"
)

func TestLayoutCoversThePlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := world{
			train: rapid.Int64Range(0, 500).Draw(t, "train"), validation: rapid.Int64Range(0, 60).Draw(t, "validation"),
			block: rapid.Int64Range(1, 70).Draw(t, "block"),
		}
		n := rapid.Int64Range(0, 700).Draw(t, "rows")
		blocks := layout(w, shares(w, n))
		next, total, names := map[string]int64{}, int64(0), map[string]bool{}
		for _, b := range blocks {
			if b.from != next[b.split] || b.n < 1 || b.n > w.block || b.from != int64(b.index)*w.block || names[b.name()] {
				t.Fatalf("block %+v", b)
			}
			names[b.name()] = true
			next[b.split] += b.n
			total += b.n
		}
		want := w.train + w.validation
		if n > 0 {
			want = min(want, n)
		}
		if total != want || next["train"] > w.train || next["validation"] > w.validation {
			t.Fatalf("%v of %+v for %d rows", next, w, n)
		}
		// More rows never mean fewer of a split: what is written stays.
		if n == 0 {
			return
		}
		more := layout(w, shares(w, n+1))
		grown := map[string]int64{}
		for _, b := range more {
			grown[b.split] += b.n
		}
		if grown["train"] < next["train"] || grown["validation"] < next["validation"] {
			t.Fatalf("%d rows %v, one more %v", n, next, grown)
		}
	})
}

func TestShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(1, 1<<62).Draw(t, "total")
		rows, part := rapid.Int64Range(0, total).Draw(t, "rows"), rapid.Int64Range(0, total).Draw(t, "part")
		want := new(big.Int).Mul(big.NewInt(rows), big.NewInt(part))
		want.Quo(want, big.NewInt(total))
		if got := share(rows, part, total); got != want.Int64() {
			t.Fatalf("share(%d, %d, %d) = %d, want %s", rows, part, total, got, want)
		}
	})
}

// named is a plan with one split of any name.
type named struct {
	world
	name string
}

func (n named) Splits() []string { return []string{n.name} }

func TestBadPlans(t *testing.T) {
	for _, p := range []Plan{
		world{train: 1, block: 0}, world{train: -1, block: 1}, named{world{block: 1}, "../up"}, named{world{block: 1}, ""}, named{world{block: 1}, ".hidden"},
	} {
		if err := checkPlan(p); fault.ExitCode(err) != fault.Usage {
			t.Errorf("%+v: %v", p, err)
		}
	}
}
