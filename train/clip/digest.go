package clip

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Digest names weights by content: SHA-256, in hex, over every parameter
// sorted by name: name, shape and little-endian float32 numbers. It does not
// depend on the file, its layout or its metadata.
func Digest(weights []Weight) string {
	sorted := slices.Clone(weights)
	slices.SortFunc(sorted, func(a, b Weight) int { return strings.Compare(a.Name, b.Name) })
	h := sha256.New()
	w := bufio.NewWriterSize(h, 1<<16)
	for _, p := range sorted {
		fmt.Fprintf(w, "%s%v\n", p.Name, p.Shape)
		var b [4]byte
		for _, x := range p.Data {
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(x))
			w.Write(b[:]) //nolint:errcheck // a hash never fails
		}
	}
	w.Flush() //nolint:errcheck // a hash never fails
	return hex.EncodeToString(h.Sum(nil))
}
