package train

// Progress shows how far a long piece of work has come. Its methods may be
// called from any goroutine.
type Progress interface {
	Total(n int64)                   // how much there is, once known
	Add(n int64)                     // n more are done
	Note(format string, args ...any) // a short text beside the count
}

// NoProgress shows nothing.
type NoProgress struct{}

// Total does nothing.
func (NoProgress) Total(int64) {}

// Add does nothing.
func (NoProgress) Add(int64) {}

// Note does nothing.
func (NoProgress) Note(string, ...any) {}
