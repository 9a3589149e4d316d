package generate

import (
	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/shards"
)

// said remembers the accepted texts of a run, in plan order: the order in which
// blocks are sealed where rules are distinct, so that the first of two equal
// texts stays whatever came back first.
type said struct {
	texts *check.Duplicates // nil before the first text
	next  int               // index in the run's blocks of the first that texts does not hold
}

// add takes a text in, unless it was said before.
func (s *said) add(rules *check.Rules, text string) (near, found bool) {
	if s.texts == nil {
		s.texts = rules.Duplicates()
	}
	_, near, found = s.texts.Add(text)
	return near, found
}

// reject turns an accepted text that was said before into a rejected one.
func (s *said) reject(rules *check.Rules, g *ruling) {
	if !g.verdict.Accepted() {
		return
	}
	if near, found := s.add(rules, g.verdict.Text); found {
		reason := check.Duplicate
		if near {
			reason = check.NearDuplicate
		}
		g.verdict = check.Verdict{Text: g.said, Reason: reason}
	}
}

// sealNext seals a block. Where rules are distinct it is the first open one:
// what the written blocks before it say is read first.
func (r *run) sealNext(b *block) error {
	if !r.rules.Distinct() {
		return r.seal(b)
	}
	for ; r.blocks[r.said.next] != b; r.said.next++ {
		accepted, _ := r.blocks[r.said.next].files()
		for row, err := range shards.ReadRows(r.file(accepted)) {
			if err != nil {
				return err
			}
			r.said.add(r.rules, row.Difference)
		}
	}
	r.said.next++
	return r.seal(b)
}

// sealQueue holds settled blocks back until their turn.
type sealQueue struct {
	ordered bool
	open    []*block // in plan order
	settled map[*block]bool
}

func (r *run) sealOrder(open []*block) *sealQueue {
	return &sealQueue{ordered: r.rules.Distinct(), open: open, settled: map[*block]bool{}}
}

// ready takes a settled block and gives those whose turn it is.
func (q *sealQueue) ready(b *block) []*block {
	if !q.ordered {
		return []*block{b}
	}
	q.settled[b] = true
	var out []*block
	for len(q.open) > 0 && q.settled[q.open[0]] {
		out, q.open = append(out, q.open[0]), q.open[1:]
	}
	return out
}
