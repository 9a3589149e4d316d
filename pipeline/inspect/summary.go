package inspect

import (
	"context"
	"fmt"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/query"
)

// Options say what a summary shows.
type Options struct {
	Samples int   // rows shown as examples; 0 shows none
	Seed    int64 // other examples for another seed; the same ones on every machine
}

// DefaultOptions shows five examples.
func DefaultOptions() Options { return Options{Samples: 5} }

// Validate refuses a negative number of examples.
func (o Options) Validate() error {
	if o.Samples < 0 {
		return fmt.Errorf("%d samples: the number may not be negative", o.Samples)
	}
	return nil
}

// Summary is what stands in the shards of a run or a release. Shares are between
// 0 and 1, and 0 where there is nothing to share.
type Summary struct {
	Finished   bool           `json:"finished"` // a manifest is there and nothing is pending
	Run        *shards.Run    `json:"run"`      // null without a manifest
	Splits     []Funnel       `json:"splits"`   // by name
	Total      Funnel         `json:"total"`    // its split is ""
	Lengths    Lengths        `json:"lengths"`
	Kinds      []Tally        `json:"kinds"`         // accepted rows by kind
	Models     []Tally        `json:"models_served"` // accepted and rejected rows by model
	Order      Order          `json:"order"`
	Duplicates Duplicates     `json:"duplicates"`
	Licences   []Licence      `json:"licences"`
	Tokens     *shards.Tokens `json:"tokens"` // null without a manifest
	Samples    []Sample       `json:"samples"`
	Warnings   []string       `json:"warnings"` // where manifest and shards disagree
}

// Funnel is the fate of the planned pairs of a split. What only a manifest can
// say is null without one.
type Funnel struct {
	Split    string  `json:"split"`
	Planned  *int64  `json:"planned"`
	Accepted int64   `json:"accepted"`
	Rejected int64   `json:"rejected"`
	Failed   *int64  `json:"failed"`
	Pending  *int64  `json:"pending"`
	Reasons  []Tally `json:"reject_reasons"`
}

// Tally counts rows under a name; "" is "not known".
type Tally struct {
	Name  string  `json:"name"`
	Rows  int64   `json:"rows"`
	Share float64 `json:"share"` // of all rows tallied
}

// Lengths are the sizes of the accepted differences.
type Lengths struct {
	Characters Spread `json:"characters"` // Unicode code points
	Words      Spread `json:"words"`      // runs of anything but white space
	ClipTokens Spread `json:"clip_tokens"`
	Truncated  int64  `json:"clip_truncated"` // rows with more tokens than a CLIP text tower reads
}

// Spread describes a column of whole numbers. P50 and P95 are values that
// occur. All are 0 where Rows is 0.
type Spread struct {
	Rows int64   `json:"rows"` // with a value
	Min  int64   `json:"min"`
	Mean float64 `json:"mean"`
	P50  int64   `json:"p50"`
	P95  int64   `json:"p95"`
	Max  int64   `json:"max"`
}

// Order counts which image an accepted difference names first.
type Order struct {
	FirstImage      int64   `json:"first_image"`
	SecondImage     int64   `json:"second_image"`
	Neither         int64   `json:"neither"`
	FirstImageShare float64 `json:"first_image_share"` // of all accepted rows
}

// Duplicates counts what occurs more than once among the accepted rows.
type Duplicates struct {
	Texts int64   `json:"texts"` // different texts that occur more than once
	Rows  int64   `json:"rows"`  // rows beyond the first of each such text
	Share float64 `json:"share"` // of accepted rows
	Pairs int64   `json:"pairs"` // rows beyond the first of a pair_id; must be 0
}

// Licence counts the accepted rows with a side of that licence, and the
// different images behind them.
type Licence struct {
	Name   string `json:"name"` // as the source gives it; "" is "not known"
	Rows   int64  `json:"rows"`
	Images int64  `json:"images"`
}

// Sample is one accepted row.
type Sample struct {
	PairID     string `json:"pair_id"`
	Split      string `json:"split"`
	Kind       string `json:"kind"`
	CaptionA   string `json:"caption_a"`
	CaptionB   string `json:"caption_b"`
	Difference string `json:"difference"`
}

// Summarise sums up the shards behind db. m is the run's manifest, or nil where
// the run is not finished or the folder has none.
func Summarise(ctx context.Context, db *query.DB, m *shards.Manifest, o Options) (*Summary, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("summarise: %w", err)
	}
	s, a := &Summary{Warnings: []string{}}, asker{ctx: ctx, db: db}
	s.Splits, s.Total = a.funnels(m)
	s.Lengths = a.lengths()
	s.Kinds = a.tallies("SELECT coalesce(kind, ''), count(*) FROM rows GROUP BY ALL")
	s.Models = a.tallies(`SELECT coalesce(model_served, ''), count(*) FROM
		(SELECT model_served FROM rows UNION ALL SELECT model_served FROM rejected) GROUP BY ALL`)
	s.Order = a.order()
	s.Duplicates = a.duplicates()
	s.Licences = a.licences()
	s.Samples = a.samples(o)
	if a.err != nil {
		return nil, fmt.Errorf("summarise: %w", a.err)
	}
	if m != nil {
		s.Run, s.Tokens, s.Finished = &m.Run, &m.Tokens, m.Totals.Pending == 0
		s.Warnings = disagreements(s.Splits, m)
	}
	return s, nil
}
