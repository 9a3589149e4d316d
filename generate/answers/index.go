package answers

import "encoding/binary"

// index gives the best answer of every request. Half a million of them are to
// take little memory, so both sides are packed into 16 bytes: of a key the first
// 88 bits, by which no two of a billion requests are expected to be the same one
// (Get compares the whole key), of an entry 37 bits of id and 3 of standing.
type index map[prefix]packed

type (
	prefix [11]byte
	packed [5]byte
)

// entry is the best answer of a key; the zero value is none.
type entry struct {
	id       int64
	standing Standing
}

func (x index) get(k Key) entry {
	p := x[prefix(k[:len(prefix{})])]
	v := uint64(p[0])<<32 | uint64(binary.BigEndian.Uint32(p[1:]))
	return entry{id: int64(v >> 3), standing: Standing(v & 7)}
}

// learn takes a committed answer in, if it is better than what is known.
func (x index) learn(k Key, e entry) {
	known := x.get(k).standing
	if e.standing < known || e.standing == known && e.standing != Failed {
		return
	}
	v := uint64(e.id)<<3 | uint64(e.standing)
	p := packed{byte(v >> 32)}
	binary.BigEndian.PutUint32(p[1:], uint32(v))
	x[prefix(k[:len(prefix{})])] = p
}
