package safetensors

// DType is the name of an element type, as it stands in the header.
type DType string

// The element types a file may hold here. Others (F4, F6, F8_E8M0, C64, ...)
// are an error that names them.
const (
	Bool   DType = "BOOL"
	U8     DType = "U8"
	I8     DType = "I8"
	F8E5M2 DType = "F8_E5M2"
	F8E4M3 DType = "F8_E4M3"
	I16    DType = "I16"
	U16    DType = "U16"
	F16    DType = "F16"
	BF16   DType = "BF16"
	I32    DType = "I32"
	U32    DType = "U32"
	F32    DType = "F32"
	F64    DType = "F64"
	I64    DType = "I64"
	U64    DType = "U64"
)

// unknown is the size of a type that is not listed.
const unknown = 0

// Size gives the bytes of one element, 0 for a type that is not known.
func (d DType) Size() int64 {
	switch d {
	case Bool, U8, I8, F8E5M2, F8E4M3:
		return 1
	case I16, U16, F16, BF16:
		return 2
	case I32, U32, F32:
		return 4
	case F64, I64, U64:
		return 8
	}
	return unknown
}

// rank orders the types that are written: the reference writer puts the widest
// first, and int64 before float32.
func (d DType) rank() int {
	if d == I64 {
		return 0
	}
	return 1
}
