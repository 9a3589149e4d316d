// Package order is the project's one source of order: keyed permutations and
// keyed hashes. The same seed and label give the same order on every machine,
// in memory that does not grow with the number of items.
package order

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// rounds of the Feistel network: four suffice for a pseudo-random permutation
// (Luby and Rackoff); six leave room for the small domains that occur here.
const rounds = 6

// Permutation is a keyed bijection of [0, n): a balanced Feistel network over
// the next even number of bits, with cycle walking back into the domain.
// It is a value: copies are independent and safe for concurrent use.
type Permutation struct {
	n    uint64
	half uint
	mask uint64
	key  [rounds]uint64
}

// New makes the permutation of [0, n) that belongs to (seed, label).
// n = 0 gives a permutation that must not be asked. n must be below 2^62.
func New(n uint64, seed int64, label string) Permutation {
	if n >= 1<<62 {
		panic(fmt.Sprintf("order: domain of %d items is too large", n))
	}
	half := uint(1)
	if n > 1 {
		half = max(uint(bits.Len64(n-1)+1)/2, 1)
	}
	p := Permutation{n: n, half: half, mask: 1<<half - 1}
	for r := range p.key {
		p.key[r] = Hash(seed, fmt.Sprintf("%s/round/%d/%d", label, n, r))
	}
	return p
}

// Len gives n.
func (p Permutation) Len() uint64 { return p.n }

// At gives the item at position k, 0 <= k < n.
func (p Permutation) At(k uint64) uint64 {
	if k >= p.n {
		panic(fmt.Sprintf("order: position %d of %d", k, p.n))
	}
	for {
		k = p.once(k)
		if k < p.n {
			return k
		}
	}
}

func (p Permutation) once(x uint64) uint64 {
	l, r := x>>p.half, x&p.mask
	for _, key := range p.key {
		l, r = r, l^(mix(r^key)&p.mask)
	}
	return l<<p.half | r
}

// mix is the finaliser of splitmix64: every input bit reaches every output bit.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Hash gives 64 uniform bits that depend on the seed and the label only.
func Hash(seed int64, label string) uint64 {
	var s [8]byte
	binary.LittleEndian.PutUint64(s[:], uint64(seed))
	h := sha256.New()
	h.Write([]byte("order/v1\x00"))
	h.Write(s[:])
	h.Write([]byte(label))
	return binary.LittleEndian.Uint64(h.Sum(nil))
}

// Unit gives a uniform number in [0, 1) that depends on the seed and the label only.
func Unit(seed int64, label string) float64 {
	return float64(Hash(seed, label)>>11) / (1 << 53)
}
