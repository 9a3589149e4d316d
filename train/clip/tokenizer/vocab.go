package tokenizer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"strings"
)

// vocabulary is CLIP's list of merges, best first, behind one line of heading.
// NOTICE beside it says whose it is.
//
//go:embed bpe_simple_vocab_16e6.txt.gz
var vocabulary []byte

// mergeCount is how many merges of the list are CLIP's: all ids but two for each
// byte and the two of Start and End.
const mergeCount = Vocab - 2*256 - 2

// pair is two neighbouring symbols; a symbol is an id.
type pair struct{ a, b int32 }

// merge says what a pair becomes, and when: the lowest rank goes first.
type merge struct{ rank, id int32 }

// byteID numbers the bytes as CLIP does: those that print in Latin-1 first. The
// last byte of a word has the number plus wordEnd.
var byteID = func() (ids [256]int32) {
	n := int32(0)
	for _, prints := range []bool{true, false} {
		for b := range 256 {
			if printable(b) == prints {
				ids[b] = n
				n++
			}
		}
	}
	return ids
}()

const wordEnd = 256

func printable(b int) bool {
	return '!' <= b && b <= '~' || 0xa1 <= b && b <= 0xac || 0xae <= b
}

// readMerges reads the embedded list. The list writes a byte that does not print
// as the character 256 places and more further on.
func readMerges() (map[pair]merge, error) {
	gz, err := gzip.NewReader(bytes.NewReader(vocabulary))
	if err != nil {
		return nil, fmt.Errorf("open vocabulary: %w", err)
	}
	ids := make(map[string]int32, Vocab)
	for b := range 256 {
		r := rune(b)
		if !printable(b) {
			r = 256 + byteID[b] - byteID[0]
		}
		ids[string(r)] = byteID[b]
		ids[string(r)+"</w>"] = byteID[b] + wordEnd
	}
	var list [mergeCount][2]string
	lines := bufio.NewScanner(gz)
	lines.Scan() // the heading
	for i := range list {
		if !lines.Scan() {
			return nil, fmt.Errorf("read vocabulary: ends after %d merges: %w", i, lines.Err())
		}
		a, b, ok := strings.Cut(lines.Text(), " ")
		if !ok {
			return nil, fmt.Errorf("read vocabulary: merge %d is %q", i, lines.Text())
		}
		list[i] = [2]string{a, b}
		// Of two merges to the same symbol, the later one gives its id.
		ids[a+b] = int32(2*256 + i)
	}
	merges := make(map[pair]merge, mergeCount)
	for i, m := range list {
		a, okA := ids[m[0]]
		b, okB := ids[m[1]]
		if !okA || !okB {
			return nil, errors.New("read vocabulary: a merge of symbols that do not occur: " + m[0] + " " + m[1])
		}
		merges[pair{a, b}] = merge{rank: int32(i), id: ids[m[0]+m[1]]}
	}
	return merges, nil
}
