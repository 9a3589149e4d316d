package release

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pcclip/pcclip/shards"
)

// walkRows is the number of pairs that are held against their rows at a time.
const walkRows = 2048

// walk goes through the rows of a release in the order of its plan: pairs are drawn
// and rows are checked on all cores, a part of a block on each.
type walk struct {
	*verifier
	plan     Plan
	take     func(kind string, rows *checkedRows) error // in plan order; keeps nothing of them
	answers  *answerIndex                               // nil where there are none
	checkers []*checker                                 // one a core
	pairs    []shards.Pair                              // of the block under way
	rows     map[string]*checkedRows                    // of the block, by kind
}

// checkedRows are rows of one kind that stand where the plan has them.
type checkedRows struct {
	rows    []shards.Row
	places  []place
	pairs   []*shards.Pair
	digests [][sha256.Size]byte // once they are checked
	answers []*recorded         // nil of a row without one
}

// newWalk makes a walk that takes nothing and knows no answers.
func newWalk(v *verifier, plan Plan) (*walk, error) {
	w := &walk{
		verifier: v, plan: plan, take: func(string, *checkedRows) error { return nil },
		rows: map[string]*checkedRows{shards.KindAccepted: {}, shards.KindRejected: {}},
	}
	images, err := v.imageSplits()
	for range runtime.GOMAXPROCS(0) {
		w.checkers = append(w.checkers, newChecker(w, images))
	}
	return w, err
}

// split walks one split: the next pair of the plan is the next accepted row, or
// the next rejected one, or, in a partial release, neither.
func (w *walk) split(split string) error {
	accepted := newCursor(w.dir, w.m, shards.KindAccepted, split)
	defer accepted.close()
	rejected := newCursor(w.dir, w.m, shards.KindRejected, split)
	defer rejected.close()
	c := w.m.Splits[split]
	missing := c.Failed + c.Pending
	for from := int64(0); from < c.Planned; from += walkRows {
		if err := w.draw(split, from, min(walkRows, c.Planned-from)); err != nil {
			w.bad(planFile, "%s", err)
			return nil
		}
		whole := w.match(accepted, rejected, &missing)
		for _, kind := range []string{shards.KindAccepted, shards.KindRejected} {
			if err := w.check(kind); err != nil {
				return err
			}
		}
		if !whole || w.full() || w.ctx.Err() != nil {
			return w.ctx.Err()
		}
	}
	if a, r := w.next(accepted), w.next(rejected); a != nil || r != nil {
		w.outOfOrder(accepted, rejected, shards.Pair{}, c.Planned)
	}
	return nil
}

// onAllCores cuts n things into a part for each checker.
func (w *walk) onAllCores(n int, do func(c *checker, from, to int) error) error {
	var g errgroup.Group
	for i, c := range w.checkers {
		from, to := i*n/len(w.checkers), (i+1)*n/len(w.checkers)
		g.Go(func() error { return do(c, from, to) })
	}
	return g.Wait()
}

// draw gives the pairs of a block.
func (w *walk) draw(split string, from, n int64) error {
	w.pairs = slices.Grow(w.pairs[:0], int(n))[:n]
	return w.onAllCores(len(w.pairs), func(_ *checker, first, end int) (err error) {
		for i := first; i < end && err == nil; i++ {
			w.pairs[i], err = w.plan.Pair(split, from+int64(i))
		}
		return err
	})
}

// match finds the rows of the pairs, and says whether all stand where they should.
func (w *walk) match(accepted, rejected *cursor, missing *int64) bool {
	a, r := w.rows[shards.KindAccepted], w.rows[shards.KindRejected]
	a.reset()
	r.reset()
	for i := range w.pairs {
		pair := &w.pairs[i]
		switch rowA, rowR := w.next(accepted), w.next(rejected); {
		case rowA != nil && rowA.PairID == pair.PairID:
			a.add(accepted, pair)
		case rowR != nil && rowR.PairID == pair.PairID:
			r.add(rejected, pair)
		case *missing > 0:
			*missing--
			continue
		default:
			w.outOfOrder(accepted, rejected, *pair, pair.Index)
			return false
		}
		w.report.Rows++
	}
	return true
}

// reset makes room for the next block.
func (r *checkedRows) reset() {
	clear(r.rows) // they hold on to texts
	r.rows, r.places, r.pairs = r.rows[:0], r.places[:0], r.pairs[:0]
}

// add takes in the next row of a cursor.
func (r *checkedRows) add(from *cursor, pair *shards.Pair) {
	row, _ := from.peek()
	r.rows, r.places, r.pairs = append(r.rows, *row), append(r.places, from.place), append(r.pairs, pair)
	from.skip()
}

// next gives the next row, nil at the end; a damaged file is a problem of its
// own.
func (w *walk) next(from *cursor) *shards.Row {
	row, err := from.peek()
	if err != nil {
		w.bad(from.file, "%s", w.short(err))
	}
	return row
}

// outOfOrder names the row that stands where pair k should.
func (w *walk) outOfOrder(a, r *cursor, pair shards.Pair, k int64) {
	expected := "no further row"
	if pair.PairID != "" {
		expected = fmt.Sprintf("pair %s, number %d of the plan", pair.PairID, k)
	}
	row, at := w.next(a), a.place
	if row == nil {
		row, at = w.next(r), r.place
	}
	if row == nil {
		w.bad(ManifestFile, "the rows end before pair %d of the plan", k)
		return
	}
	w.report.Rows++
	w.add(badRow(at, "pair_id", "it is %s, where the plan has %s", row.PairID, expected))
}

// check checks the rows of the block of a kind, and hands them on.
func (w *walk) check(kind string) error {
	rows := w.rows[kind]
	n := len(rows.rows)
	rows.digests = slices.Grow(rows.digests[:0], n)[:n]
	rows.answers = slices.Grow(rows.answers[:0], n)[:n]
	if err := w.onAllCores(n, func(c *checker, from, to int) error {
		for i := from; i < to; i++ {
			c.row(kind, rows, i)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, c := range w.checkers {
		for _, p := range c.problems {
			w.add(p)
		}
		c.problems = nil
	}
	for _, answer := range rows.answers {
		if answer != nil {
			answer.used = true
		}
	}
	return w.take(kind, rows)
}

// tallies are what a manifest counts of rows.
type tallies struct{ reasons, terms, models map[string]int64 }

func newTallies() tallies {
	return tallies{map[string]int64{}, map[string]int64{}, map[string]int64{}}
}

// counted gives the tallies of all rows so far.
func (w *walk) counted() tallies {
	all := newTallies()
	for _, c := range w.checkers {
		for _, part := range []struct{ to, from map[string]int64 }{{all.reasons, c.reasons}, {all.terms, c.terms}, {all.models, c.models}} {
			for _, name := range slices.Sorted(maps.Keys(part.from)) {
				part.to[name] += part.from[name]
			}
		}
	}
	return all
}
