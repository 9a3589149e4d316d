package experiment

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// perTable is the number of models beside the base that stand side by side.
const perTable = 6

// Render prints the table: of the base the value, of each model the gain over
// it, mean over seeds ± standard error. With keep, only the measures for which
// it is true.
func (r *Result) Render(w io.Writer, keep func(measure string) bool) error {
	for from := 1; from < len(r.Models); from += perTable {
		if err := r.table(w, from, min(from+perTable, len(r.Models)), keep); err != nil {
			return err
		}
	}
	if len(r.Claims) > 0 {
		if err := r.verdicts(w); err != nil {
			return err
		}
	}
	if len(r.Paper) > 0 {
		return r.paper(w)
	}
	return nil
}

func (r *Result) table(w io.Writer, from, to int, keep func(string) bool) error {
	t := tabwriter.NewWriter(w, 0, 4, 3, ' ', 0)
	seeds := fmt.Sprintf("%d seeds", len(r.Seeds))
	if len(r.Seeds) == 1 {
		seeds = "1 seed, so that no error is known"
	}
	fmt.Fprintf(t, "%s, mean ± standard error of %s; models: gain over the base\n", r.Name, seeds)
	head := []string{"", Base}
	for _, c := range r.Models[from:to] {
		head = append(head, c.Name)
	}
	fmt.Fprintln(t, strings.Join(head, "\t"))
	section := ""
	for _, row := range r.Sections() {
		if keep != nil && !keep(row.Measure) {
			continue
		}
		s, name := Label(row.Measure)
		if s != section {
			section = s
			fmt.Fprintf(t, "%s%s\n", s, strings.Repeat("\t", to-from+1))
		}
		cells := []string{"  " + name, number(row.Unit, row.Values[0].Mean, row.Values[0].Error, false)}
		for _, v := range row.Values[from:to] {
			cells = append(cells, number(row.Unit, v.Gain.Mean, v.Gain.Error, true))
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	fmt.Fprintln(t)
	return t.Flush()
}

// Sections gives the rows section by section, in the order in which sections
// and rows first stand.
func (r *Result) Sections() []Row {
	var names []string
	for _, row := range r.Rows {
		if s, _ := Label(row.Measure); !slices.Contains(names, s) {
			names = append(names, s)
		}
	}
	out := slices.Clone(r.Rows)
	slices.SortStableFunc(out, func(a, b Row) int {
		x, _ := Label(a.Measure)
		y, _ := Label(b.Measure)
		return slices.Index(names, x) - slices.Index(names, y)
	})
	return out
}

func number(unit string, mean, err float64, signed bool) string {
	digits, sign := 1, ""
	if unit != "%" {
		digits = 3
	}
	if signed {
		sign = "+"
	}
	return fmt.Sprintf("%"+sign+".*f ± %.*f", digits, mean, digits, err)
}

func (r *Result) verdicts(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 3, ' ', 0)
	fmt.Fprintln(t, "claim\tverdict\tgain\twanted\tp for\tp against")
	for _, c := range r.Claims {
		section, name := Label(c.Measure)
		fmt.Fprintf(t, "%s (%s over %s: %s, %s)\t%s\t%+.1f ± %.1f\t%s\t%.3f\t%.3f\n",
			c.Text, c.Model, c.Against, section, name, c.Verdict, c.Gain.Mean, c.Gain.Error, c.Wanted(), c.PFor, c.PAgainst)
	}
	fmt.Fprintln(t)
	return t.Flush()
}

// Wanted says the range of a claim.
func (c Claim) Wanted() string {
	var out []string
	if c.AtLeast != nil {
		out = append(out, fmt.Sprintf("at least %+g", *c.AtLeast))
	}
	if c.AtMost != nil {
		out = append(out, fmt.Sprintf("at most %+g", *c.AtMost))
	}
	return strings.Join(out, ", ")
}

func (r *Result) paper(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 3, ' ', 0)
	fmt.Fprintln(t, "the paper's figures, on its data\tCLIP\tPC-CLIP\there, on other data\tbase\tmodel\tgain")
	for _, f := range r.Paper {
		section, name := Label(f.Measure)
		fmt.Fprintf(t, "%s, %s\t%s\t%s\t%s, %s (%s)\t%.1f ± %.1f\t%.1f ± %.1f\t%+.1f ± %.1f\n", f.What, f.On, known(f.CLIP, ""), f.result(),
			section, name, f.Model, f.Base.Mean, f.Base.Error, f.Finetuned.Mean, f.Finetuned.Error, f.GainHere.Mean, f.GainHere.Error)
	}
	return t.Flush()
}

// result gives what the paper reports of its model.
func (f Figure) result() string {
	if f.PCCLIP == nil && f.Gain != nil {
		return "gain " + known(f.Gain, "+")
	}
	return known(f.PCCLIP, "")
}

func known(x *float64, sign string) string {
	if x == nil {
		return "not known"
	}
	return fmt.Sprintf("%"+sign+".2f", *x)
}
