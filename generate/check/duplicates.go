package check

import "math"

const (
	bands        = 8    // words of a signature: texts that share one are compared
	chunkTexts   = 1024 // texts are stored in chunks: to grow copies none of them
	leastSimilar = 0.8  // below, more than one pair in four would never be compared
)

// Duplicates finds texts that were added before, word for word or nearly: see
// Rules.Duplicates. The same texts added in the same order give the
// same results. It takes 208 to 240 bytes a text and is not safe for concurrent
// use.
//
// Two texts are nearly the same where the estimated Jaccard similarity of their
// shingles, words in threes, is 0.9 or what the rules say. The estimate has a standard error of
// 0.03; of pairs at 0.9 one in 100 is never compared, at 0.95 one in 5000. Case
// and marks do not count. A word changed in the midst of 40 is no duplicate.
type Duplicates struct {
	minAgree int // lanes of two signatures that must agree
	chunks   [][]kept
	count    uint32
	// heads has for each band a hash table: the last text of each chain, as its
	// number plus one. The key of a band is in the signature itself.
	heads [bands][]uint32
}

// newDuplicates makes one for texts of which so many lanes agree; more than lanes
// finds equal texts alone.
func newDuplicates(minAgree int) *Duplicates { return &Duplicates{minAgree: minAgree} }

// agreeing gives how many lanes agree at a similarity: of the rest, 1 in 256 do by
// chance.
func agreeing(similarity float64) int {
	return int(math.Ceil(lanes*(similarity+(1-similarity)/256) - 1e-9))
}

// kept is a text that is no duplicate.
type kept struct {
	signature signature
	next      [bands]uint32 // the text before in each chain, as in heads
	hash      uint64
	id        int64
}

// Add looks for a duplicate among the texts that were added before and keeps
// the text, under its id, if there is none. Of several it gives the equal one,
// then the most similar, then the earliest; near tells that it is not equal.
func (d *Duplicates) Add(id int64, text string) (duplicateOf int64, near, found bool) {
	t := kept{signature: sign(text), hash: hashOf(text), id: id}
	if best, equal := d.find(&t); best != nil {
		return best.id, !equal, true
	}
	if d.count%chunkTexts == 0 {
		d.chunks = append(d.chunks, make([]kept, 0, chunkTexts))
	}
	last := len(d.chunks) - 1
	d.chunks[last] = append(d.chunks[last], t)
	d.count++
	for b := range bands {
		d.link(b)
	}
	return 0, false, false
}

// Len is the number of texts that are kept.
func (d *Duplicates) Len() int { return int(d.count) }

// find gives the kept text that t duplicates, and whether the two are equal.
func (d *Duplicates) find(t *kept) (best *kept, equal bool) {
	var bestAgree int
	var bestNumber uint32
	for b := range bands {
		if len(d.heads[b]) == 0 {
			return nil, false
		}
		for n := d.heads[b][slot(t.signature[b], len(d.heads[b]))]; n != 0; {
			k := d.at(n)
			if k.signature[b] == t.signature[b] {
				agree := k.signature.agree(&t.signature)
				if k.signature == t.signature && k.hash == t.hash {
					return k, true
				}
				if agree >= d.minAgree && (agree > bestAgree || agree == bestAgree && n < bestNumber) {
					best, bestAgree, bestNumber = k, agree, n
				}
			}
			n = k.next[b]
		}
	}
	return best, false
}

// at gives a text by its number plus one.
func (d *Duplicates) at(n uint32) *kept {
	return &d.chunks[(n-1)/chunkTexts][(n-1)%chunkTexts]
}

// link puts the last text into the chains of a band, or all texts where the
// table has become too small: it is kept at one to two slots a text.
func (d *Duplicates) link(b int) {
	first := d.count
	if int(d.count) > len(d.heads[b]) {
		d.heads[b] = make([]uint32, max(chunkTexts, 2*len(d.heads[b])))
		first = 1
	}
	for n := first; n <= d.count; n++ {
		k := d.at(n)
		head := &d.heads[b][slot(k.signature[b], len(d.heads[b]))]
		k.next[b], *head = *head, n
	}
}

// slot places a key in a table whose size is a power of two.
func slot(key uint64, size int) int { return int(mix(key) & uint64(size-1)) }
