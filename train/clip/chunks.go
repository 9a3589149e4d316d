package clip

import "slices"

const (
	// chunkPositions is the number of ids that a chunk should have on a CPU: only
	// attention goes chunk by chunk, and more of them save padding everywhere.
	chunkPositions = 60
	// maxChunks bounds the chunks of a batch: beyond it little padding is left.
	maxChunks = 16
	// deviceChunks is the number on a GPU, for which a chunk is many launches,
	// from deviceTexts texts on.
	deviceChunks, deviceTexts = 4, 64
)

// Chunks gives the usual number of chunks of a batch, on a GPU or a CPU. It
// depends on the texts alone, so that runs can be repeated.
func Chunks(texts [][]int32, gpu bool) int {
	if gpu {
		if len(texts) < deviceTexts {
			return 1
		}
		return deviceChunks
	}
	ids := 0
	for _, text := range texts {
		ids += len(text)
	}
	return min(max(ids/chunkPositions, 1), maxChunks)
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
