package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/pcclip/pcclip/train/eval"
)

// print writes the scores and shows them.
func (c *evalCmd) print(e *env, all []scored) error {
	if c.Out != "" {
		if err := writeJSONFile(c.Out, all); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(e.stdout, all)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	for _, s := range all {
		fmt.Fprintf(w, "%s\n", s.Model)
		printDifferences(w, s.Report.Differences)
		printAccuracies(w, s.Report)
		printClasses(w, s.Report)
	}
	return w.Flush()
}

func printDifferences(w io.Writer, all []eval.Difference) {
	fmt.Fprintf(w, "  task\torder\tn\tsign\ttwo-way\tcaption difference\tcosine\n")
	for _, d := range all {
		fmt.Fprintf(w, "  %s\t%s\t%d\t%.1f\t%s\t%s\t%.3f\n", d.Task, d.Order, d.N, d.Sign, orDash(d.Two, d.TwoN), orDash(d.Captions, d.CapN), d.Cosine)
	}
}

func printAccuracies(w io.Writer, r eval.Report) {
	for _, a := range r.ZeroShot {
		fmt.Fprintf(w, "  %s\tzero-shot\t%d\t%.1f\n", a.Task, a.N, a.Top1)
	}
	for _, a := range r.Retrieval {
		fmt.Fprintf(w, "  %s\tretrieval R@1\t%d\t%.1f image to text, %.1f back\n", a.Task, a.N, a.Top1, a.Back)
	}
	for _, d := range r.Delta {
		fmt.Fprintf(w, "  %s\tdelta R@1\t%d\t%.1f at step %g, %.1f without the text, among %d\n", d.Task, d.N, d.Top1, d.Step, d.Baseline, d.Candidates)
	}
	for _, p := range r.Probe {
		fmt.Fprintf(w, "  %s\tlinear probe\t%d\t%.1f ± %.1f\n", p.Task, p.N, p.Top1.Mean, p.Top1.Error)
	}
}

func printClasses(w io.Writer, r eval.Report) {
	for _, g := range r.Geometry {
		fmt.Fprintf(w, "  %s\tdistance to %s\t%d\t%.3f\t%s\n", g.Task, g.Against, g.N, g.Forward, g.Order)
	}
	for _, c := range r.Comparative {
		which := "second class"
		if c.Both {
			which = "both classes"
		}
		fmt.Fprintf(w, "  %s\tcomparative, %s pairs, %s\t%d\t%.1f -> %.1f at alpha %g; with other texts %.1f; all classes %.1f -> %.1f\n",
			c.Task, c.Rule, which, c.N, c.Plain, c.Chosen, c.Alpha, c.Control, c.All, c.AllWith)
	}
	for _, b := range r.Best {
		fmt.Fprintf(w, "  %s\tcomparative best\t%d\t%.1f -> %.1f on the worst classes; all classes %.1f -> %.1f\n", b.Task, b.N, b.Plain, b.Replaced, b.All, b.AllWith)
	}
}

func orDash(x float64, n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", x)
}

func writeJSONFile(path string, v any) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write scores: %w", err)
	}
	return writeJSON(path, v)
}
