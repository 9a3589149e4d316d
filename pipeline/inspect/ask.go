package inspect

import (
	"context"
	"fmt"

	"github.com/pcclip/pcclip/shards/query"
)

// asker runs statements until the first fails; after that every answer is empty.
type asker struct {
	ctx context.Context
	db  *query.DB
	err error
}

func (a *asker) rows(sql string) [][]any {
	if a.err != nil {
		return nil
	}
	res, err := a.db.Query(a.ctx, sql)
	if err != nil {
		a.err = err
		return nil
	}
	var out [][]any
	for row, err := range res.Rows() {
		if err != nil {
			a.err = err
			return nil
		}
		out = append(out, row)
	}
	return out
}

// row gives the one row of an aggregate, nil after an error.
func (a *asker) row(sql string) []any {
	rows := a.rows(sql)
	if a.err == nil && len(rows) != 1 {
		a.err = fmt.Errorf("an aggregate gave %d rows", len(rows))
	}
	if a.err != nil {
		return nil
	}
	return rows[0]
}

// numbers gives the whole numbers of a row; NULL is 0.
func (a *asker) numbers(sql string, n int) []int64 {
	out := make([]int64, n)
	for i, v := range a.row(sql) {
		out[i] = whole(v)
	}
	return out
}

// tallies reads rows of name and count, the most frequent first.
func (a *asker) tallies(sql string) []Tally {
	out, sum := []Tally{}, int64(0)
	for _, row := range a.rows(sql + " ORDER BY 2 DESC, 1") {
		out = append(out, Tally{Name: text(row[0]), Rows: whole(row[1])})
		sum += whole(row[1])
	}
	for i := range out {
		out[i].Share = share(out[i].Rows, sum)
	}
	return out
}

func whole(v any) int64 {
	n, _ := v.(int64)
	return n
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func share(part, all int64) float64 {
	if all == 0 {
		return 0
	}
	return float64(part) / float64(all)
}
