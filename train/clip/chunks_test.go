package clip

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Every row stands in one chunk, chunks rise in length, and one more chunk never
// computes more positions than one chunk does.
func TestCutByLengthKeepsEveryRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(1, 77), 1, 200).Draw(t, "lengths")
		chunks := rapid.IntRange(1, 12).Draw(t, "chunks")
		texts := make([][]int32, len(lengths))
		sum := 0
		for i, n := range lengths {
			texts[i], sum = make([]int32, n), sum+n
		}
		var all, ordered []int
		for _, rows := range CutByLength(texts, chunks) {
			if len(rows) == 0 {
				t.Fatal("an empty chunk")
			}
			all = append(all, rows...)
		}
		for _, row := range all {
			ordered = append(ordered, lengths[row])
		}
		if !slices.IsSorted(ordered) {
			t.Fatalf("lengths %v", ordered)
		}
		slices.Sort(all)
		for i, row := range all {
			if i != row {
				t.Fatalf("rows %v", all)
			}
		}
		useful, computed := Positions(texts, chunks)
		_, one := Positions(texts, 1)
		if useful != sum || computed < useful || computed > one {
			t.Fatalf("%d useful of %d, %d computed, %d in one chunk", useful, sum, computed, one)
		}
	})
}
