//go:build libtorch

package train

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/pcclip/pcclip/shards/order"
	"github.com/pcclip/pcclip/train/loss"
	"github.com/pcclip/pcclip/train/torch"
)

// validationRows bounds the rows of a look, so that it stays short.
const validationRows = 2048

// validator scores the weights on rows that are not trained on.
type validator struct {
	every  int
	metric string // "loss" or "top1": by which the best model is kept
	rows   [][]int
	data   *differences
	// score gives the loss of a batch without what is added to it, and the share
	// of texts nearest to their own difference.
	score func(s *torch.Scope, batch sampleBatch) (loss, top1 *torch.Tensor)
}

// newValidator takes the rows to look at: the same ones, in the same batches,
// every time.
func newValidator(data *differences, o Options) *validator {
	v := &validator{every: o.ValidateEvery, metric: o.Best, data: data}
	if slices.Contains(o.Masks, loss.Texts) {
		data.number()
	}
	n := min(data.len(), validationRows)
	perm := order.New(uint64(data.len()), o.Seed, "validation")
	per := (n + o.Batch - 1) / o.Batch
	for i := range per {
		var rows []int
		for k := i * n / per; k < (i+1)*n/per; k++ {
			rows = append(rows, int(perm.At(uint64(k))))
		}
		v.rows = append(v.rows, rows)
	}
	return v
}

// due says whether a look is due after n steps.
func (v *validator) due(n int) bool { return v != nil && n%v.every == 0 }

// look scores the present weights.
func (v *validator) look(ctx context.Context, th *torch.Thread) (*Validation, error) {
	out := &Validation{}
	for _, rows := range v.rows {
		batch := v.data.batch(rows)
		n := float64(len(batch.texts))
		if n < 2 {
			continue
		}
		err := th.Do(ctx, func(s *torch.Scope) error {
			s.NoGrad(func() {
				value, top1 := v.score(s, batch)
				out.Loss += n * s.Item(value)
				out.Top1 += n * s.Item(top1)
			})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("validate: %w", err)
		}
		out.Rows += len(batch.texts)
	}
	out.Loss, out.Top1 = out.Loss/float64(max(out.Rows, 1)), out.Top1/float64(max(out.Rows, 1))
	return out, nil
}

// better says whether a value of the metric beats the best so far.
func (v *validator) better(value float64, best *Best) bool {
	switch {
	case best == nil || best.Metric != v.metric:
		return true
	case v.metric == "top1":
		return value > best.Value
	}
	return value < best.Value
}

// validate scores the weights after step n, or their average, and keeps the
// model in dir/best where it is the best so far.
func (l *loop) validate(n int) (out *Validation, err error) {
	ctx := context.Background() // a look is short, and a step is done only with it
	err = l.optimiser.averaged(l.th, func() error {
		if out, err = l.validator.look(ctx, l.th); err != nil {
			return err
		}
		value := out.Loss
		if l.validator.metric == "top1" {
			value = out.Top1
		}
		if !l.validator.better(value, l.counts.Best) {
			return nil
		}
		l.counts.Best = &Best{Step: n, Metric: l.validator.metric, Value: value}
		return l.crew.lead(func() error {
			return replaceFolder(filepath.Join(l.dir, "best"), func(tmp string) error { return l.model.Save(ctx, tmp) })
		})
	})
	return out, err
}
