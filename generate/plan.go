package generate

import (
	"math/bits"
	"regexp"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Plan says which pairs to ask about, in which order. It is safe for concurrent
// use and always gives the same.
type Plan interface {
	Splits() []string                                // "train", "validation"
	Len(split string) int64                          // pairs of a split
	BlockSize() int64                                // pairs of a shard, the last one of a split may have fewer
	Pair(split string, k int64) (shards.Pair, error) // pair k of a split, 0 <= k < Len(split)
}

// Progress hears how far a run has come. Its methods are called one at a time,
// from several goroutines.
type Progress interface {
	// Start comes with the number of planned pairs, and again where a goal of
	// rows needs more of them.
	Start(total int64)
	// Settled comes with the pairs settled since the last call, those found
	// settled already too.
	Settled(accepted, rejected, failed int64)
	// Status comes about once a second, and at the end.
	Status(Status)
	// Note comes with one line for people.
	Note(line string)
}

type silent struct{}

func (silent) Start(int64)                 {}
func (silent) Settled(int64, int64, int64) {}
func (silent) Status(Status)               {}
func (silent) Note(string)                 {}

// block is one shard's part of the plan: pairs [from, from+n) of a split.
type block struct {
	split string
	index int
	from  int64
	n     int64

	known                      int64            // pairs that an earlier round of this call has found settled
	settled                    int64            // pairs with a committed end
	accepted, rejected, failed int64            // of these, what progress has heard of
	reasons                    map[string]int64 // of the rejected ones
}

var splitName = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)

// checkPlan refuses a plan that no run could be cut from.
func checkPlan(p Plan) error {
	if size := p.BlockSize(); size < 1 {
		return fault.Input("read plan", "", "draw the plan again", "block size %d", size)
	}
	for _, s := range p.Splits() {
		if !splitName.MatchString(s) || p.Len(s) < 0 {
			return fault.Input("read plan", s, "draw the plan again", "split %q of %d pairs", s, p.Len(s))
		}
	}
	return nil
}

// shares divides n among the splits, to each by its share of the plan; 0, or
// more than there is, means all.
func shares(p Plan, n int64) map[string]int64 {
	var total int64
	for _, s := range p.Splits() {
		total += p.Len(s)
	}
	if n == 0 || n > total {
		n = total
	}
	out := map[string]int64{}
	var before int64
	for _, s := range p.Splits() {
		after := before + p.Len(s)
		out[s] = share(n, after, total) - share(n, before, total)
		before = after
	}
	return out
}

// layout cuts so many pairs from the front of each split into blocks, in plan
// order.
func layout(p Plan, pairs map[string]int64) []*block {
	size := p.BlockSize()
	var blocks []*block
	for _, s := range p.Splits() {
		for from := int64(0); from < pairs[s]; from += size {
			blocks = append(blocks, &block{split: s, index: int(from / size), from: from, n: min(size, pairs[s]-from), reasons: map[string]int64{}})
		}
	}
	return blocks
}

// share gives rows * part / total, rounded down, without overflow.
func share(rows, part, total int64) int64 {
	if total == 0 {
		return 0
	}
	whole, rest := part/total*rows, part%total
	hi, lo := bits.Mul64(uint64(rest), uint64(rows))
	q, _ := bits.Div64(hi, lo, uint64(total))
	return whole + int64(q)
}
