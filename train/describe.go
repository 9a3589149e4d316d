//go:build libtorch

package train

import (
	"context"
	"fmt"
	"strings"

	"github.com/pcclip/pcclip/train/torch"
)

// describedRows bounds the rows that an error names.
const describedRows = 5

// describe names the batch of step n (from 0), and which of its texts have an
// embedding that is not finite with the present weights, which under Stop and
// Rollback are those of that step.
func (f *finetuning) describe(n int) string {
	batch := f.gather(n)
	where := fmt.Sprintf("batch %d of epoch %d, %d differences", n%f.batches.PerEpoch()+1, f.batches.Epoch(n), len(batch.texts))
	rows, err := f.badRows(batch.sampleBatch)
	if err != nil || len(rows) == 0 {
		return where + ", no single row stands out, the first is pair " + batch.pairs[0]
	}
	var names []string
	for _, row := range rows[:min(len(rows), describedRows)] {
		names = append(names, fmt.Sprintf("%d (pair %s)", row, batch.pairs[row]))
	}
	return fmt.Sprintf("%s, of which %d are not finite by themselves: rows %s", where, len(rows), strings.Join(names, ", "))
}

// badRows gives the rows, from 0, that are not finite by themselves.
func (f *finetuning) badRows(batch sampleBatch) (rows []int, err error) {
	var flat []float32
	err = f.th.Do(context.Background(), func(s *torch.Scope) error {
		s.NoGrad(func() {
			flat = s.Float32s(encodeTexts(s, f.model, batch.texts, f.options.encoding()).value)
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	dim := f.data.dim
	for row := range batch.texts {
		if !finite(flat[row*dim : (row+1)*dim]) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}
