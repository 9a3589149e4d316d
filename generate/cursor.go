package generate

import (
	"fmt"

	"github.com/pcclip/pcclip/generate/answers"
)

// cursor goes through the pairs of blocks, in order.
type cursor struct {
	blocks []*block
	k      int64 // next pair of the first block
}

func (c *cursor) next() (b *block, k int64, ok bool) {
	for len(c.blocks) > 0 && c.k == c.blocks[0].n {
		c.blocks, c.k = c.blocks[1:], 0
	}
	if len(c.blocks) == 0 {
		return nil, 0, false
	}
	c.k++
	return c.blocks[0], c.k - 1, true
}

// glance bounds the pairs that are looked at before the scheduler turns to what
// came back meanwhile.
const glance = 1024

// fresh gives the next pair that has to be asked about; more tells that there
// may be others where there is none yet.
func (s *scheduler) fresh() (t *task, more bool) {
	for range glance {
		b, k, ok := s.work.next()
		if !ok {
			return nil, false
		}
		pair, err := s.r.plan.Pair(b.split, b.from+k)
		if err != nil {
			s.broken(fmt.Errorf("read pair %d of %s: %w", b.from+k, b.split, err))
			return nil, false
		}
		key, request, second, err := s.r.request(pair)
		if err != nil {
			s.broken(err)
			return nil, false
		}
		if s.settledBefore(key) {
			s.reused++
			s.settle(b)
			continue
		}
		if s.r.o.batchesOnly() || s.r.desk.Holds(key) {
			continue // batches were asked before, and could not, or one is at it: it stays pending
		}
		if asked := s.tasks[key]; asked != nil {
			asked.blocks = append(asked.blocks, b)
			continue
		}
		t := &task{key: key, request: request, second: second, pair: pair, blocks: []*block{b}}
		s.tasks[key] = t
		return t, true
	}
	return nil, true
}

func (s *scheduler) settledBefore(k answers.Key) bool {
	known := s.r.store.Standing(k)
	return known >= answers.Useless || known == answers.Failed && (!s.r.o.RetryFailed || s.r.gaveUp[k])
}

// settle counts one pair of a block; the last one sends it to the sealer.
func (s *scheduler) settle(b *block) {
	if b.settled++; b.settled == b.n {
		s.seals <- b
	}
}
