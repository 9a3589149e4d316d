package train

import (
	"sync/atomic"
	"testing"
)

func TestAheadGivesEveryStepInOrder(t *testing.T) {
	var loaded atomic.Int64
	a := newAhead(20, func(n int) int { loaded.Add(1); return n * n })
	for _, steps := range [][2]int{{5, 12}, {3, 6}, {6, 20}, {0, 1}} { // on, back, on, back
		for n := steps[0]; n < steps[1]; n++ {
			if got := a.at(n); got != n*n {
				t.Fatalf("step %d gave %d", n, got)
			}
		}
	}
	a.stop()
	after := loaded.Load()
	a.stop()
	if again := loaded.Load(); again != after {
		t.Errorf("%d loads after it was stopped", again-after)
	}
}

func TestAheadThatIsNeverAskedLoadsNothing(t *testing.T) {
	a := newAhead(5, func(int) int { t.Error("loaded"); return 0 })
	a.stop()
}
