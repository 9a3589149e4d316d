package check

// Context is what a rule may know besides the answer. What is empty is not
// known, and a rule that needs it lets the answer pass.
type Context struct {
	// CaptionA and CaptionB are the captions of the first and the second image,
	// several of one joined by shards.CaptionMark.
	CaptionA, CaptionB string
	// Order is the order of mention that was asked for.
	Order Order
	// Tokens counts the CLIP tokens of a text, the start and the end included.
	Tokens func(text string) int
}

// Order says which image a text was to name first.
type Order int

// The orders; AnyOrder where none was asked for.
const (
	AnyOrder Order = iota
	FirstFirst
	SecondFirst
)

func (l limits) tooLong(c Context, text string) bool {
	return c.Tokens != nil && c.Tokens(text) > l.clipTokens
}
