package train

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/tokens"
)

// name is what texts are called in a sentence.
func (t Texts) name() string {
	if t == Differences {
		return "differences"
	}
	return string(t)
}

// rows streams what becomes samples, in order.
func rows(from source) iter.Seq2[tokens.Difference, error] {
	switch from.on {
	case Captions:
		return captionRows(from.Captions)
	case Rewrites:
		return rewriteRows(from.Shards)
	}
	return differenceRows(from.Shards, from.reversed)
}

// differenceRows gives each difference of shards before its reversed one.
func differenceRows(files []string, reversed bool) iter.Seq2[tokens.Difference, error] {
	return func(yield func(tokens.Difference, error) bool) {
		for row, err := range allRows(files) {
			d := tokens.Difference{PairID: row.PairID, ImageA: row.ImageIDA, ImageB: row.ImageIDB, Text: row.Difference}
			if !yield(d, err) || err != nil {
				return
			}
			back := tokens.Difference{PairID: row.PairID, ImageA: row.ImageIDB, ImageB: row.ImageIDA, Text: row.DifferenceReversed}
			if reversed && back.Text != "" && !yield(back, nil) {
				return
			}
		}
	}
}

// rewriteRows gives the rewritten captions of shards: each was asked for by the
// caption of a pair's first image alone, so that pairs with the same first image
// bring the same one, which counts once.
func rewriteRows(files []string) iter.Seq2[tokens.Difference, error] {
	return func(yield func(tokens.Difference, error) bool) {
		seen := map[[2]string]bool{}
		for row, err := range allRows(files) {
			key := [2]string{row.ImageIDA, row.Difference}
			if err == nil && seen[key] {
				continue
			}
			seen[key] = true
			d := tokens.Difference{PairID: row.PairID, ImageA: row.ImageIDA, Text: row.Difference}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

func captionRows(captions []Caption) iter.Seq2[tokens.Difference, error] {
	return func(yield func(tokens.Difference, error) bool) {
		for _, c := range captions {
			if !yield(tokens.Difference{PairID: c.Image, ImageA: c.Image, Text: c.Text}, nil) {
				return
			}
		}
	}
}

// allRows streams the rows of shards, one after the other.
func allRows(files []string) iter.Seq2[shards.Row, error] {
	return func(yield func(shards.Row, error) bool) {
		for _, path := range files {
			for row, err := range shards.ReadRows(path) {
				if err != nil {
					err = fault.Input("read rows", path, "give Parquet files of rows as pcclip generate writes them", "%w", err)
				}
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

// dataKey digests what rows come from, in order, the length that texts are cut
// to, and which texts become samples.
func dataKey(from source, textLen int) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n", textLen)
	if from.on != Differences {
		fmt.Fprintf(h, "%s\n", from.on)
	}
	if from.reversed {
		io.WriteString(h, "reversed\n") //nolint:errcheck // a hash never fails
	}
	for _, c := range from.Captions {
		fmt.Fprintf(h, "%q %q\n", c.Image, c.Text)
	}
	for _, p := range from.Shards {
		sum, err := shards.SHA256(p)
		if err != nil {
			return "", fmt.Errorf("digest shards: %w", err)
		}
		io.WriteString(h, sum) //nolint:errcheck // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
