package generate

import (
	"github.com/pcclip/pcclip/shards/fault"
)

// aim decides which pairs are asked about: those of Options.Pairs, or as many as
// the goal of rows surely needs.
func (r *run) aim() error {
	if r.o.Rows == 0 {
		r.relayout(shares(r.plan, r.o.Pairs*int64(max(1, r.o.Replicates))))
		return nil
	}
	pairs, _ := r.need()
	for split, rows := range r.goal() {
		if accepted := r.count(split).accepted; accepted > rows {
			return fault.Input("generate", r.o.RunDir, "give a larger --rows, or take another --run", "%s has %d accepted rows already, and %d are asked for", split, accepted, rows)
		}
	}
	r.relayout(pairs)
	return nil
}

// goal gives the rows to accept of each split.
func (r *run) goal() map[string]int64 { return shares(r.plan, r.o.Rows) }

// have is what the written blocks of a split come to. open counts the pairs
// before the last of them that no written block settles.
type have struct{ pairs, accepted, failed, open int64 }

func (r *run) count(split string) have {
	var h have
	var settled int64
	for _, rec := range r.records {
		if rec.Split == split {
			h.pairs = max(h.pairs, int64(rec.Index)*r.plan.BlockSize()+rec.Pairs)
			settled += rec.Pairs
			h.accepted, h.failed = h.accepted+rec.Accepted.Rows, h.failed+int64(len(rec.Failed))
		}
	}
	h.open = h.pairs - settled
	return h
}

// need gives the pairs of each split to ask about next: one for every row that
// is missing. So a run never accepts more than it should, and ends with the same
// pairs however it was interrupted: the last one is the last row. An open or
// failed pair may still become a row. more tells whether that is any new pair.
func (r *run) need() (pairs map[string]int64, more bool) {
	pairs = map[string]int64{}
	for split, rows := range r.goal() {
		h := r.count(split)
		pairs[split] = min(h.pairs+max(0, rows-h.accepted-h.failed-h.open), r.plan.Len(split))
		more = more || pairs[split] > h.pairs
	}
	return pairs, more
}

// extend goes on along the plan where rows are missing.
func (r *run) extend() bool {
	if r.o.Rows == 0 {
		return false
	}
	pairs, more := r.need()
	if more {
		r.relayout(pairs)
	}
	return more
}

// relayout cuts the plan anew. What progress has heard of a block stays with it,
// and how many of its pairs were looked at.
func (r *run) relayout(pairs map[string]int64) {
	heard := map[string]*block{}
	for _, b := range r.blocks {
		heard[b.name()] = b
	}
	r.blocks = layout(r.plan, pairs)
	for _, b := range r.blocks {
		if old := heard[b.name()]; old != nil {
			b.accepted, b.rejected, b.failed, b.reasons = old.accepted, old.rejected, old.failed, old.reasons
			b.known = old.settled
		}
	}
}
