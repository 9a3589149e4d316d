package check

import "math"

const (
	bands        = 8 // half words of a signature: texts that share one are compared
	chains       = bands + 1
	chunkTexts   = 1024 // texts are stored in chunks: to grow copies none of them
	mostCompared = 128  // texts that share a band with another one, the latest
	leastSimilar = 0.8  // below, more than one pair in four would never be compared
)

// Duplicates finds texts that were added before, word for word or nearly: see
// Rules.Duplicates. The same texts added in the same order give the
// same results. It takes 150 to 190 bytes a text and is not safe for concurrent
// use.
//
// Two texts are nearly the same where the estimated Jaccard similarity of their
// shingles, words in threes, is 0.9 or what the rules say. The estimate has a standard error of
// 0.03; of pairs at 0.9 one in 100 is never compared, at 0.95 one in 5000. Case
// and marks do not count. A word changed in the midst of 40 is no duplicate.
//
// Texts of one mould ("The first image shows a ..., while ...") share bands by
// the thousand. A text is compared with the latest 128 of each band, so that its
// cost does not grow with the run; equal texts are always found.
type Duplicates struct {
	minAgree int // lanes of two signatures that must agree
	chunks   [][]kept
	count    uint32
	// heads has for each band, and last for whole texts, a hash table: the last
	// text of each chain, as its number plus one. The key is in the text itself.
	heads [chains][]uint32
}

// newDuplicates makes one for texts of which so many lanes agree; more than lanes
// finds equal texts alone.
func newDuplicates(minAgree int) *Duplicates { return &Duplicates{minAgree: minAgree} }

// agreeing gives how many lanes agree at a similarity: of the rest, 1 in 16 do by
// chance.
func agreeing(similarity float64) int {
	return int(math.Ceil(lanes*(similarity+(1-similarity)/16) - 1e-9))
}

// kept is a text that is no duplicate.
type kept struct {
	signature signature
	hash      uint64
	next      [chains]uint32 // the text before in each chain, as in heads
}

// key gives what the texts of a chain have in common.
func (k *kept) key(chain int) uint64 {
	if chain == bands {
		return k.hash
	}
	return k.signature[chain/2] >> (chain % 2 * 32) & math.MaxUint32
}

// Add looks for a duplicate among the texts that were kept before and keeps
// the text if there is none. Of several it gives the equal one, then the most
// similar, then the earliest, as its place among the kept texts, from 0; near
// tells that it is not equal.
func (d *Duplicates) Add(text string) (duplicateOf int, near, found bool) {
	t := kept{signature: sign(text), hash: hashOf(text)}
	if n := d.equal(&t); n != 0 {
		return int(n - 1), false, true
	}
	if n := d.nearest(&t); n != 0 {
		return int(n - 1), true, true
	}
	if d.count%chunkTexts == 0 {
		d.chunks = append(d.chunks, make([]kept, 0, chunkTexts))
	}
	last := len(d.chunks) - 1
	d.chunks[last] = append(d.chunks[last], t)
	d.count++
	for c := range chains {
		d.link(c)
	}
	return 0, false, false
}

// Len is the number of texts that are kept.
func (d *Duplicates) Len() int { return int(d.count) }

// equal gives the number plus one of the kept text that t repeats, 0 for none.
func (d *Duplicates) equal(t *kept) uint32 {
	for n := d.head(bands, t); n != 0; n = d.at(n).next[bands] {
		if k := d.at(n); k.hash == t.hash && k.signature == t.signature {
			return n
		}
	}
	return 0
}

// nearest gives the number plus one of the kept text that is most like t and
// alike enough, 0 for none.
func (d *Duplicates) nearest(t *kept) (best uint32) {
	if d.minAgree > lanes {
		return 0
	}
	bestAgree := 0
	for c := range bands {
		compared := 0
		for n := d.head(c, t); n != 0 && compared < mostCompared; n = d.at(n).next[c] {
			k := d.at(n)
			if k.key(c) != t.key(c) {
				continue
			}
			compared++
			agree := k.signature.agree(&t.signature)
			if agree >= d.minAgree && (agree > bestAgree || agree == bestAgree && n < best) {
				best, bestAgree = n, agree
			}
		}
	}
	return best
}

// head gives the last text of the chain that t would be in.
func (d *Duplicates) head(chain int, t *kept) uint32 {
	heads := d.heads[chain]
	if len(heads) == 0 {
		return 0
	}
	return heads[slot(t.key(chain), len(heads))]
}

// at gives a text by its number plus one.
func (d *Duplicates) at(n uint32) *kept {
	return &d.chunks[(n-1)/chunkTexts][(n-1)%chunkTexts]
}

// link puts the last text into a chain, or all texts where the table has become
// too small: it is kept at one to two slots a text.
func (d *Duplicates) link(chain int) {
	first := d.count
	if int(d.count) > len(d.heads[chain]) {
		d.heads[chain] = make([]uint32, max(chunkTexts, 2*len(d.heads[chain])))
		first = 1
	}
	for n := first; n <= d.count; n++ {
		k := d.at(n)
		head := &d.heads[chain][slot(k.key(chain), len(d.heads[chain]))]
		k.next[chain], *head = *head, n
	}
}

// slot places a key in a table whose size is a power of two.
func slot(key uint64, size int) int { return int(mix(key) & uint64(size-1)) }
