package clip

import "slices"

// textChunks is the usual number of length-sorted chunks of a batch of texts.
const textChunks = 4

// minChunkedTexts is the batch from which cutting pays.
const minChunkedTexts = 64

// Chunks gives the usual number of chunks of a batch.
func Chunks(texts int) int {
	if texts < minChunkedTexts {
		return 1
	}
	return textChunks
}

// CutByLength gives the rows of texts in chunks of rising length, as even as
// they can be, never an empty one.
func CutByLength(texts [][]int32, chunks int) [][]int {
	sorted := make([]int, len(texts))
	for i := range sorted {
		sorted[i] = i
	}
	slices.SortStableFunc(sorted, func(a, b int) int { return len(texts[a]) - len(texts[b]) })
	chunks = max(min(chunks, len(texts)), 1)
	out := make([][]int, chunks)
	for i := range out {
		out[i] = sorted[i*len(sorted)/chunks : (i+1)*len(sorted)/chunks]
	}
	return out
}

// Positions gives the number of ids in texts, and of positions computed for
// them in a number of chunks, padding included.
func Positions(texts [][]int32, chunks int) (useful, computed int) {
	for _, rows := range CutByLength(texts, chunks) {
		for _, row := range rows {
			useful += len(texts[row])
		}
		if len(rows) > 0 {
			computed += len(rows) * len(texts[rows[len(rows)-1]])
		}
	}
	return useful, computed
}
