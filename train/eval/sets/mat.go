package sets

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Data types of MATLAB's level 5 MAT-files.
const (
	miINT8       = 1
	miUINT8      = 2
	miINT16      = 3
	miUINT16     = 4
	miINT32      = 5
	miUINT32     = 6
	miSINGLE     = 7
	miDOUBLE     = 9
	miINT64      = 12
	miUINT64     = 13
	miMATRIX     = 14
	miCOMPRESSED = 15
)

// Numeric array classes, double to uint64, and the flag of complex numbers.
const (
	mxDOUBLE  = 6
	mxUINT64  = 15
	mxComplex = 0x08
)

const (
	matHeader = 128
	// maxInflated bounds a decompressed variable, in bytes: Flowers102's largest
	// has 8,189 numbers.
	maxInflated = 16 << 20
)

// errMAT is wrapped by every error of a MAT-file.
var errMAT = errors.New("malformed MAT-file")

func matError(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errMAT}, args...)...)
}

// matVectors reads the real numeric variables of a MAT-file of level 5 (also
// called versions 5 to 7), each as whole numbers in MATLAB's order, by column.
// Variables of other kinds are passed over. Version 7.3 is HDF5 and refused.
func matVectors(data []byte) (map[string][]int, error) {
	if len(data) < matHeader {
		return nil, matError("%d bytes, shorter than a header", len(data))
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(data[126:128]) {
	case "IM":
	case "MI":
		order = binary.BigEndian
	default:
		return nil, matError("no byte order in the header")
	}
	if v := order.Uint16(data[124:]); v != 0x0100 {
		return nil, matError("version %#04x; save it with -v7", v)
	}
	out := map[string][]int{}
	for rest := data[matHeader:]; len(rest) > 0; {
		kind, body, next, err := matElement(rest, order)
		if err != nil {
			return nil, err
		}
		rest = next
		if kind == miCOMPRESSED {
			if kind, body, err = inflate(body, order); err != nil {
				return nil, err
			}
		}
		if kind != miMATRIX {
			return nil, matError("an element of type %d where a variable is wanted", kind)
		}
		name, values, err := matVariable(body, order)
		if err != nil {
			return nil, err
		}
		if values != nil {
			out[name] = values
		}
	}
	return out, nil
}

// inflate gives the one element inside a compressed element.
func inflate(packed []byte, order binary.ByteOrder) (kind uint32, body []byte, err error) {
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return 0, nil, matError("%w", err)
	}
	defer z.Close()
	data, err := io.ReadAll(io.LimitReader(z, maxInflated+1))
	if err != nil {
		return 0, nil, matError("%w", err)
	}
	if len(data) > maxInflated {
		return 0, nil, matError("a variable of more than %d bytes", maxInflated)
	}
	kind, body, rest, err := matElement(data, order)
	if err == nil && len(rest) > 0 {
		err = matError("%d bytes after a compressed variable", len(rest))
	}
	return kind, body, err
}

// matElement splits off the first element: its type, its bytes, what follows.
// Short elements pack type and size into four bytes.
func matElement(data []byte, order binary.ByteOrder) (kind uint32, body, rest []byte, err error) {
	if len(data) < 8 {
		return 0, nil, nil, matError("%d bytes where an element is wanted", len(data))
	}
	kind = order.Uint32(data)
	if size := kind >> 16; size != 0 {
		if size > 4 {
			return 0, nil, nil, matError("a short element of %d bytes", size)
		}
		return kind & 0xffff, data[4 : 4+size], data[8:], nil
	}
	size := uint64(order.Uint32(data[4:]))
	if size > uint64(len(data)-8) {
		return 0, nil, nil, matError("truncated: an element of %d bytes with %d left", size, len(data)-8)
	}
	end := 8 + size
	body = data[8:end]
	if kind != miCOMPRESSED { // all others are padded to eight bytes
		end = min((end+7)/8*8, uint64(len(data)))
	}
	return kind, body, data[end:], nil
}

// matVariable reads a variable; values is nil where it is no real numeric array.
func matVariable(data []byte, order binary.ByteOrder) (name string, values []int, err error) {
	kind, flags, rest, err := matElement(data, order)
	if err != nil {
		return "", nil, err
	}
	if kind != miUINT32 || len(flags) != 8 {
		return "", nil, matError("a variable without array flags")
	}
	word := order.Uint32(flags)
	kind, dims, rest, err := matElement(rest, order)
	if err != nil {
		return "", nil, err
	}
	if kind != miINT32 || len(dims) < 8 || len(dims)%4 != 0 {
		return "", nil, matError("a variable without dimensions")
	}
	kind, label, rest, err := matElement(rest, order)
	if err != nil {
		return "", nil, err
	}
	if kind != miINT8 {
		return "", nil, matError("a variable without name")
	}
	name = strings.TrimRight(string(label), "\x00")
	if class := word & 0xff; class < mxDOUBLE || class > mxUINT64 || word>>8&mxComplex != 0 {
		return name, nil, nil
	}
	kind, numbers, _, err := matElement(rest, order)
	if err != nil {
		return "", nil, err
	}
	if values, err = wholeNumbers(kind, numbers, order); err != nil {
		return "", nil, matError("variable %.40q: %w", name, err)
	}
	count := uint64(1)
	for ; len(dims) > 0; dims = dims[4:] {
		n := order.Uint32(dims)
		if n > math.MaxInt32 || n != 0 && count > math.MaxInt32/uint64(n) {
			return "", nil, matError("variable %.40q is too large", name)
		}
		count *= uint64(n)
	}
	if count != uint64(len(values)) {
		return "", nil, matError("variable %.40q has %d numbers, its dimensions ask for %d", name, len(values), count)
	}
	return name, values, nil
}

// wholeNumbers decodes numbers of a data type; each must be a whole number of
// at most 53 bits.
func wholeNumbers(kind uint32, data []byte, order binary.ByteOrder) ([]int, error) {
	var width int
	var number func([]byte) float64
	switch kind {
	case miINT8:
		width, number = 1, func(b []byte) float64 { return float64(int8(b[0])) }
	case miUINT8:
		width, number = 1, func(b []byte) float64 { return float64(b[0]) }
	case miINT16:
		width, number = 2, func(b []byte) float64 { return float64(int16(order.Uint16(b))) }
	case miUINT16:
		width, number = 2, func(b []byte) float64 { return float64(order.Uint16(b)) }
	case miINT32:
		width, number = 4, func(b []byte) float64 { return float64(int32(order.Uint32(b))) }
	case miUINT32:
		width, number = 4, func(b []byte) float64 { return float64(order.Uint32(b)) }
	case miSINGLE:
		width, number = 4, func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) }
	case miDOUBLE:
		width, number = 8, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }
	case miINT64:
		width, number = 8, func(b []byte) float64 { return float64(int64(order.Uint64(b))) }
	case miUINT64:
		width, number = 8, func(b []byte) float64 { return float64(order.Uint64(b)) }
	default:
		return nil, fmt.Errorf("numbers of type %d", kind)
	}
	if len(data)%width != 0 {
		return nil, fmt.Errorf("%d bytes for numbers of %d", len(data), width)
	}
	values := make([]int, 0, len(data)/width)
	for ; len(data) > 0; data = data[width:] {
		x := number(data)
		if x != math.Trunc(x) || math.Abs(x) > 1<<53 {
			return nil, fmt.Errorf("%v is not a whole number", x)
		}
		values = append(values, int(x))
	}
	return values, nil
}
