package tokenizer

import "sync"

const (
	// Start is the id of the start of a text.
	Start int32 = 49406
	// End is the id of the end of a text, the largest there is.
	End int32 = 49407
	// Vocab is the number of ids.
	Vocab = 49408
	// Context is the number of positions of CLIP's text tower.
	Context = 77
)

// Tokenizer makes ids of texts. It is safe for concurrent use.
type Tokenizer struct {
	merges map[pair]merge
	words  wordCache
}

var load = sync.OnceValues(build)

// New gives the process's one tokenizer; the first call reads the embedded
// vocabulary, which takes some 50 ms.
func New() (*Tokenizer, error) { return load() }

func build() (*Tokenizer, error) {
	merges, err := readMerges()
	if err != nil {
		return nil, err
	}
	return &Tokenizer{merges: merges}, nil
}

// Encode gives Start, the ids of the text and End, without padding. A text too
// long for Context positions is cut there and its last id is End, as
// open_clip.tokenize does it. A run of bytes that are not UTF-8 counts as U+FFFD.
func (t *Tokenizer) Encode(text string) []int32 { return t.EncodeTo(text, Context) }

// EncodeTo is Encode for a text tower of n positions, at least 2.
func (t *Tokenizer) EncodeTo(text string, n int) []int32 {
	ids, _ := t.EncodeCounted(text, n)
	return ids
}

// EncodeCounted is EncodeTo, and gives the number of ids before the cut.
func (t *Tokenizer) EncodeCounted(text string, n int) (ids []int32, length int) {
	ids = t.full(text)
	return cut(ids, n), len(ids)
}

// Count gives the number of ids of the text, Start and End included, before any
// cut, and whether Encode cuts it.
func (t *Tokenizer) Count(text string) (n int, truncated bool) {
	n = len(t.full(text))
	return n, n > Context
}

// Pad gives n ids: those given, then zeros, as open_clip pads. More than n are
// cut, with End as the last. The slice given is not changed.
func Pad(ids []int32, n int) []int32 {
	out := make([]int32, n)
	copy(out, ids)
	if len(ids) > n && n > 0 {
		out[n-1] = End
	}
	return out
}

func cut(ids []int32, n int) []int32 {
	if len(ids) > n {
		ids = ids[:n]
		ids[n-1] = End
	}
	return ids
}

func (t *Tokenizer) full(text string) []int32 { return t.ids(Clean(text)) }

// ids gives all ids of a cleaned text, Start and End included.
func (t *Tokenizer) ids(text string) []int32 {
	ids := make([]int32, 1, len(text)/3+2)
	ids[0] = Start
	for at := 0; at < len(text); {
		kind, n := next(text[at:])
		word := text[at : at+n]
		at += n
		switch {
		case kind == skipped:
		case word == startText:
			ids = append(ids, Start)
		case word == endText:
			ids = append(ids, End)
		default:
			ids = t.word(ids, word)
		}
	}
	return append(ids, End)
}
