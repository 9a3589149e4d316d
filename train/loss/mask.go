package loss

import (
	"fmt"
	"slices"
	"strings"
)

// Mask names negatives that are none and are left out of the softmax, in both
// directions.
type Mask string

const (
	// Images leaves out pairs that share an image with the row's.
	Images Mask = "images"
	// Texts leaves out pairs of the same text.
	Texts Mask = "texts"
	// Reverses leaves out the same two images the other way round.
	Reverses Mask = "reverses"
)

var masks = []Mask{Images, Texts, Reverses}

// Rows tell what the rows of a batch were made from, as numbers: equal ones
// stand for the same image or the same text.
type Rows struct {
	A, B, Text []int64 // [B] each; Text only for the mask Texts
}

// ParseMasks reads names separated by commas, in any order.
func ParseMasks(text string) ([]Mask, error) {
	var out []Mask
	for _, name := range strings.Split(text, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(masks, Mask(name)) {
			return nil, fmt.Errorf("%q is no mask", name)
		}
		out = append(out, Mask(name))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
