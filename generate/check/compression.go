package check

import (
	"compress/flate"
	"io"
	"sync"
)

// pressedFrom is in bytes: a shorter text says nothing by its ratio.
const pressedFrom = 200

// compressible tells whether a text repeats itself in ways that no other rule
// names: written text of this length compresses to a half, not to a third.
func (l limits) compressible(_ Context, text string) bool {
	return len(text) >= pressedFrom && float64(len(text)) > l.compression*float64(compressedLen(text))
}

// presses keeps compressors: a new one costs more than its use.
var presses = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestCompression)
	if err != nil {
		panic(err) // only for a level that does not exist
	}
	return w
}}

func compressedLen(text string) int {
	w := presses.Get().(*flate.Writer)
	defer presses.Put(w)
	var n counter
	w.Reset(&n)
	_, _ = io.WriteString(w, text) // a counter does not fail
	_ = w.Close()
	return int(n)
}

// counter is a writer that keeps only the length.
type counter int

func (n *counter) Write(p []byte) (int, error) {
	*n += counter(len(p))
	return len(p), nil
}
