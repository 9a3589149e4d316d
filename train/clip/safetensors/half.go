package safetensors

import (
	"math"
	"math/bits"
)

// fromBF16 widens a bfloat16: the upper half of a float32.
func fromBF16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// fromF16 widens an IEEE half: 1 sign, 5 exponent and 10 mantissa bits.
func fromF16(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch {
	case exp == 0x1f: // infinity and NaN, payload kept
		exp = 0xff
	case exp != 0:
		exp += 127 - 15
	case frac != 0: // subnormal: a normal float32
		shift := uint32(bits.LeadingZeros16(uint16(frac))) - 5
		exp, frac = 127-15+1-shift, frac<<shift&0x3ff
	}
	return math.Float32frombits(sign | exp<<23 | frac<<13)
}
