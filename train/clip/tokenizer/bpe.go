package tokenizer

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	// maxCached and maxCachedLen bound the words that are kept: text repeats few
	// words often, and a stranger's text may repeat none.
	maxCached    = 1 << 16
	maxCachedLen = 48
)

// wordCache keeps the ids of words. It takes the first maxCached words and no
// more: the common ones come early.
type wordCache struct {
	words sync.Map // string -> []int32
	n     atomic.Int64
}

// word appends the ids of one word of the cleaned text.
func (t *Tokenizer) word(ids []int32, word string) []int32 {
	if kept, ok := t.words.words.Load(word); ok {
		return append(ids, kept.([]int32)...)
	}
	at := len(ids)
	ids = t.bpe(ids, word)
	if len(word) <= maxCachedLen && t.words.n.Load() < maxCached {
		_, had := t.words.words.LoadOrStore(strings.Clone(word), slices.Clone(ids[at:]))
		if !had {
			t.words.n.Add(1)
		}
	}
	return ids
}

// bpe appends a word's ids: its bytes, merged as long as a merge is known. In
// each round the pair of lowest rank is merged wherever it stands, from left to
// right; only then may a pair that this made go next.
func (t *Tokenizer) bpe(ids []int32, word string) []int32 {
	syms := make([]symbol, len(word))
	for i := range len(word) {
		syms[i] = symbol{id: byteID[word[i]], prev: i - 1, next: i + 1}
	}
	syms[len(syms)-1].id += wordEnd
	var queue candidates
	push := func(i int) {
		if i < 0 || syms[i].next >= len(syms) {
			return
		}
		p := pair{syms[i].id, syms[syms[i].next].id}
		if m, ok := t.merges[p]; ok {
			queue = append(queue, candidate{at: i, pair: p, merge: m})
		}
	}
	for i := range syms {
		push(i)
	}
	heap.Init(&queue)
	var round []candidate
	for len(queue) > 0 {
		round = round[:0]
		for rank := queue[0].rank; len(queue) > 0 && queue[0].rank == rank; {
			round = append(round, heap.Pop(&queue).(candidate))
		}
		old := len(queue)
		for _, c := range round {
			next := syms[c.at].next
			if syms[c.at].id != c.a || next >= len(syms) || syms[next].id != c.b {
				continue // an earlier merge took one of the two
			}
			after := syms[next].next
			syms[c.at].id, syms[c.at].next = c.id, after
			syms[next].id = gone
			if after < len(syms) {
				syms[after].prev = c.at
			}
			push(syms[c.at].prev)
			push(c.at)
		}
		made := slices.Clone(queue[old:])
		queue = queue[:old]
		for _, c := range made {
			heap.Push(&queue, c)
		}
	}
	for i := 0; i < len(syms); i = syms[i].next {
		ids = append(ids, syms[i].id)
	}
	return ids
}

// gone is the id of a symbol that was merged into the one before it.
const gone = -1

// symbol is one link of a word; prev is -1 at the start, next the number of
// bytes at the end.
type symbol struct {
	id         int32
	prev, next int
}

// candidate is a pair that may be merged, at the symbol it starts with.
type candidate struct {
	at int
	pair
	merge
}

// candidates is a heap: lowest rank first, then leftmost.
type candidates []candidate

func (c candidates) Len() int { return len(c) }
func (c candidates) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(c[i].rank, c[j].rank), cmp.Compare(c[i].at, c[j].at)) < 0
}
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)   { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	old := *c
	x := old[len(old)-1]
	*c = old[:len(old)-1]
	return x
}
