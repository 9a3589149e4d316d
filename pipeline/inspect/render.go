package inspect

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/query"
)

// Render writes the summary for people. width is that of the terminal in
// columns; 0 cuts nothing.
func (s *Summary) Render(w io.Writer, width int) error {
	p := &page{w: w, width: width}
	p.funnel(s)
	p.spreads(s.Lengths)
	p.tallies("kind", s.Kinds)
	p.tallies("model served", s.Models)
	p.texts(s)
	p.licences(s.Licences)
	p.samples(s.Samples)
	for _, warning := range s.Warnings {
		p.line("warning: %s", warning)
	}
	return p.err
}

// page writes section after section until the first error.
type page struct {
	w     io.Writer
	width int
	err   error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// table writes rows under their names, and an empty line.
func (p *page) table(names []string, rows [][]any) {
	columns := make([]query.Column, len(names))
	for i, name := range names {
		columns[i] = query.Column{Name: name, Type: "BIGINT"}
		if i == 0 {
			columns[i].Type = "VARCHAR"
		}
	}
	var b strings.Builder
	p.err = errors.Join(p.err, query.WriteTable(&b, query.Fixed(columns, rows), query.TableOptions{Width: p.width}))
	body := strings.TrimSuffix(b.String(), "\n")
	p.line("%s\n", body[:max(strings.LastIndex(body, "\n"), 0)])
}

func (p *page) funnel(s *Summary) {
	names, all := []string{"pairs"}, append(append([]Funnel{}, s.Splits...), s.Total)
	for _, f := range s.Splits {
		names = append(names, known(f.Split))
	}
	names = append(names, "total")
	row := func(name string, get func(Funnel) any) []any {
		out := []any{name}
		for _, f := range all {
			out = append(out, get(f))
		}
		return out
	}
	rows := [][]any{
		row("planned", func(f Funnel) any { return maybe(f.Planned) }),
		row("accepted", func(f Funnel) any { return f.Accepted }),
		row("rejected", func(f Funnel) any { return f.Rejected }),
	}
	for _, reason := range s.Total.Reasons {
		rows = append(rows, row("  "+known(reason.Name), func(f Funnel) any { return reasonRows(f, reason.Name) }))
	}
	rows = append(rows, row("failed", func(f Funnel) any { return maybe(f.Failed) }),
		row("pending", func(f Funnel) any { return maybe(f.Pending) }))
	p.table(names, rows)
	if s.Total.Planned == nil {
		p.line("The run has no manifest yet: what was planned, failed or is pending is not known.\n")
	}
}

func reasonRows(f Funnel, name string) int64 {
	for _, t := range f.Reasons {
		if t.Name == name {
			return t.Rows
		}
	}
	return 0
}

func (p *page) spreads(l Lengths) {
	rows := [][]any{}
	for _, s := range []struct {
		name string
		Spread
	}{{"characters", l.Characters}, {"words", l.Words}, {"CLIP tokens", l.ClipTokens}} {
		if s.Rows > 0 {
			rows = append(rows, []any{s.name, s.Min, query.Number(fmt.Sprintf("%.1f", s.Mean)), s.P50, s.P95, s.Max})
		}
	}
	if len(rows) > 0 {
		p.table([]string{"difference", "min", "mean", "p50", "p95", "max"}, rows)
	}
	if l.Truncated > 0 {
		p.line("%d accepted rows have more than %d CLIP tokens: a text tower reads only their beginning.\n", l.Truncated, shards.ClipContext)
	}
}

func (p *page) tallies(title string, tallies []Tally) {
	rows := [][]any{}
	for _, t := range tallies {
		rows = append(rows, []any{known(t.Name), t.Rows, percent(t.Share)})
	}
	if len(rows) > 0 {
		p.table([]string{title, "rows", "share"}, rows)
	}
}

func (p *page) texts(s *Summary) {
	if s.Total.Accepted == 0 {
		return
	}
	p.line("first image named first: %s of the differences (second: %d, neither: %d)", percent(s.Order.FirstImageShare), s.Order.SecondImage, s.Order.Neither)
	p.line("texts that repeat an earlier row: %d (%s), of %d different", s.Duplicates.Rows, percent(s.Duplicates.Share), s.Duplicates.Texts)
	if s.Duplicates.Pairs > 0 {
		p.line("duplicate pairs: %d rows", s.Duplicates.Pairs)
	}
	p.line("")
}

func (p *page) licences(licences []Licence) {
	rows := [][]any{}
	for _, l := range licences {
		rows = append(rows, []any{known(l.Name), l.Rows, l.Images})
	}
	if len(rows) > 0 {
		p.table([]string{"image licence", "rows", "images"}, rows)
	}
}

func (p *page) samples(samples []Sample) {
	for _, s := range samples {
		p.line("%s  %s  %s", s.PairID, known(s.Split), known(s.Kind))
		p.line("  a  %s", query.Printable(s.CaptionA))
		p.line("  b  %s", query.Printable(s.CaptionB))
		p.line("  >  %s\n", query.Printable(s.Difference))
	}
}

func known(name string) string {
	if name == "" {
		return "(not known)"
	}
	return query.Printable(name)
}

func maybe(n *int64) any {
	if n == nil {
		return "?"
	}
	return *n
}

func percent(share float64) query.Number {
	return query.Number(fmt.Sprintf("%.1f%%", 100*share))
}
