package generate

import (
	"context"
	"errors"
	"fmt"

	"github.com/pcclip/pcclip/generate/answers"
)

// extents gives how many pairs of a block the run had written, for the blocks of
// a partial run that lack answers: none, but for the one that was the last and not
// full when the run was told to go on with more pairs.
func (r *run) extents(ctx context.Context, pending map[string]int64) (map[*block]int64, error) {
	out := map[*block]int64{}
	for _, split := range r.plan.Splits() {
		if pending[split] == 0 {
			continue
		}
		open := int64(0) // pairs of the blocks that lack answers
		var lacking []*block
		front := map[*block]int64{} // pairs before the first that lacks one
		for _, b := range r.blocks {
			if b.split != split {
				continue
			}
			n, err := r.answered(ctx, b)
			if err != nil {
				return nil, err
			}
			if n < b.n {
				lacking, open, front[b], out[b] = append(lacking, b), open+b.n, n, 0
			}
		}
		written := open - pending[split]
		for _, b := range lacking {
			if written > 0 && front[b] >= written {
				out[b] = written
				break
			}
		}
	}
	return out, nil
}

// answered counts the pairs of a block before the first without an answer.
func (r *run) answered(ctx context.Context, b *block) (int64, error) {
	for k := range b.n {
		pair, err := r.plan.Pair(b.split, b.from+k)
		if err != nil {
			return 0, fmt.Errorf("read pair %d of %s: %w", b.from+k, b.split, err)
		}
		key, _, _, err := r.request(pair)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return 0, err
		}
		if r.source.Standing(key) < answers.Failed {
			return k, nil
		}
	}
	return b.n, nil
}
