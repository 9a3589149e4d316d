package generate

import (
	"container/heap"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/order"
)

// task is one request on its way. Pairs with equal captions share it.
type task struct {
	key     answers.Key
	request llm.Request
	pair    shards.Pair // the first of those that share it
	blocks  []*block    // one entry a pair
	tries   int         // failed requests that count
	limited int         // times told to slow down
	due     time.Time
	last    *remote // where it was asked last
	moved   int     // times it went to another endpoint
	second  bool    // the first answer was malformed
	trial   bool    // about no pair, see vet
}

// backoff gives how long the task waits for its next request: the server's
// wish, and on top of it a random part of a bound that doubles (full jitter).
// The randomness follows from the task, so that a run can be repeated.
func (t *task) backoff(p pace, wish time.Duration) time.Duration {
	n := t.tries + t.limited
	bound := p.longest
	if shift := n - 1; shift < 30 && p.first<<shift < bound {
		bound = p.first << shift
	}
	unit := order.Unit(0, fmt.Sprintf("backoff/%s/%d", hex.EncodeToString(t.key[:]), n))
	return wish + time.Duration(unit*float64(bound))
}

// waiting holds the tasks that wait for their next request, the earliest first.
// A waiting task holds no worker.
type waiting []*task

func (w *waiting) add(t *task) { heap.Push((*byDue)(w), t) }

// next takes out the earliest task that is due.
func (w *waiting) next(now time.Time) *task {
	if len(*w) == 0 || (*w)[0].due.After(now) {
		return nil
	}
	return heap.Pop((*byDue)(w)).(*task)
}

// byDue makes waiting a heap.
type byDue []*task

func (w byDue) Len() int           { return len(w) }
func (w byDue) Less(i, j int) bool { return w[i].due.Before(w[j].due) }
func (w byDue) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *byDue) Push(x any)        { *w = append(*w, x.(*task)) }
func (w *byDue) Pop() any {
	last := len(*w) - 1
	t := (*w)[last]
	(*w)[last] = nil
	*w = (*w)[:last]
	return t
}
