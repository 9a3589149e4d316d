package answers

import (
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

// The index says what a map of whole keys and entries would.
func TestIndexHoldsTheBestOfEveryKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, want := index{}, map[Key]entry{}
		for range rapid.IntRange(0, 50).Draw(t, "answers") {
			var k Key
			binary.BigEndian.PutUint64(k[:], rapid.SampledFrom([]uint64{0, 1, 1 << 40, 1<<64 - 1}).Draw(t, "key"))
			k[10] = rapid.ByteRange(0, 1).Draw(t, "last byte of the prefix")
			e := entry{rapid.Int64Range(1, 1<<37-1).Draw(t, "id"), Standing(rapid.IntRange(int(Passing), int(Usable)).Draw(t, "standing"))}
			x.learn(k, e)
			if old := want[k]; e.standing > old.standing || e.standing == Failed && old.standing == Failed {
				want[k] = e
			}
			for k, e := range want {
				if got := x.get(k); got != e {
					t.Fatalf("%x: %+v, want %+v", k, got, e)
				}
			}
		}
		if got := x.get(Key{9}); got != (entry{}) {
			t.Fatalf("%+v for what nobody asked", got)
		}
	})
}
