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
	// Start comes once, with the number of planned pairs.
	Start(total int64)
	// Settled comes with the pairs settled since the last call, those found
	// settled already too.
	Settled(accepted, rejected, failed int64)
	// Note comes with one line for people.
	Note(line string)
}

type silent struct{}

func (silent) Start(int64)                 {}
func (silent) Settled(int64, int64, int64) {}
func (silent) Note(string)                 {}

// block is one shard's part of the plan: pairs [from, from+n) of a split.
type block struct {
	split string
	index int
	from  int64
	n     int64

	settled                    int64 // pairs with a committed end
	accepted, rejected, failed int64 // of these, what progress has heard of
}

var splitName = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)

// layout cuts the plan into blocks, in plan order. rows bounds the pairs; of
// each split come as many as its share of the plan, from its front.
func layout(p Plan, rows int64) ([]*block, error) {
	size := p.BlockSize()
	if size < 1 {
		return nil, fault.Input("read plan", "", "draw the plan again", "block size %d", size)
	}
	var total int64
	for _, s := range p.Splits() {
		if !splitName.MatchString(s) || p.Len(s) < 0 {
			return nil, fault.Input("read plan", s, "draw the plan again", "split %q of %d pairs", s, p.Len(s))
		}
		total += p.Len(s)
	}
	if rows == 0 || rows > total {
		rows = total
	}
	var blocks []*block
	var before int64
	for _, s := range p.Splits() {
		after := before + p.Len(s)
		n := share(rows, after, total) - share(rows, before, total)
		for from := int64(0); from < n; from += size {
			blocks = append(blocks, &block{split: s, index: int(from / size), from: from, n: min(size, n-from)})
		}
		before = after
	}
	return blocks, nil
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
