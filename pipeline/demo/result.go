package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/pcclip/pcclip/train/eval"
)

// Result is the demo's table: the three models side by side, over all seeds.
type Result struct {
	Seeds   []int64  `json:"seeds"`
	Rows    []Row    `json:"rows"`
	Scores  []Scores `json:"scores"`
	Page    string   `json:"page"`
	Example string   `json:"example_run"`
}

// Row is one measure of the three models, in percent: mean and standard error
// over seeds.
type Row struct {
	Section   string    `json:"section"`
	Name      string    `json:"name"`
	Start     eval.Stat `json:"start"`
	Finetuned eval.Stat `json:"finetuned"`
	Shuffled  eval.Stat `json:"shuffled"`
	Gain      eval.Stat `json:"gain"` // finetuned - start, by seed
}

// Names of the headline rows.
const (
	bySign = "mean, by sign"
	twoWay = "mean, two-way"
)

// summarise builds the table from the scores of each seed.
func summarise(scores []Scores) *Result {
	r := &Result{Scores: scores}
	for _, s := range scores {
		r.Seeds = append(r.Seeds, s.Seed)
	}
	mean := func(order string, tasks []string, two bool) func(eval.Report) float64 {
		return func(rep eval.Report) float64 {
			sign, second := rep.Mean(order, tasks...)
			if two {
				return second
			}
			return sign
		}
	}
	const headline = "differences (size, colour, list, free)"
	r.add(headline, bySign, mean(eval.OrderFirst, MeanTasks, false))
	r.add(headline, twoWay, mean(eval.OrderFirst, MeanTasks, true))
	for _, task := range []string{"size", "colour", "list", "free", "free held", "list held", "shape", "number", "count"} {
		r.add("by task, sign", task, mean(eval.OrderFirst, []string{task}, false))
	}
	for _, task := range MeanTasks {
		r.add("by task, two-way", task, mean(eval.OrderFirst, []string{task}, true))
	}
	swapped := []string{"size", "colour", "list"}
	r.add("order of mention (size, colour, list)", "first image first, two-way", mean(eval.OrderFirst, swapped, true))
	r.add("order of mention (size, colour, list)", "second image first, two-way", mean(eval.OrderSecond, swapped, true))
	for _, task := range []string{"size", "colour", "list", "free"} {
		r.add("no training: caption a - caption b, sign", task, captionDifference(task))
	}
	for _, task := range []string{"colour", "shape", "colour+shape", "colour+shape held"} {
		r.add("zero-shot", task, zeroShot(task))
	}
	r.add("retrieval R@1 in 500", "image to text", func(rep eval.Report) float64 { return rep.Retrieval[0].Top1 })
	r.add("retrieval R@1 in 500", "text to image", func(rep eval.Report) float64 { return rep.Retrieval[0].Back })
	return r
}

func (r *Result) add(section, name string, measure func(eval.Report) float64) {
	var start, finetuned, shuffled []float64
	for _, s := range r.Scores {
		start, finetuned, shuffled = append(start, measure(s.Start)), append(finetuned, measure(s.Finetuned)), append(shuffled, measure(s.Shuffled))
	}
	row := Row{Section: section, Name: name, Start: eval.NewStat(start...), Finetuned: eval.NewStat(finetuned...), Shuffled: eval.NewStat(shuffled...)}
	row.Gain = row.Finetuned.Minus(row.Start)
	r.Rows = append(r.Rows, row)
}

func captionDifference(task string) func(eval.Report) float64 {
	return func(rep eval.Report) float64 {
		for _, d := range rep.Differences {
			if d.Task == task && d.Order == eval.OrderFirst {
				return d.Captions
			}
		}
		return 0
	}
}

func zeroShot(task string) func(eval.Report) float64 {
	return func(rep eval.Report) float64 {
		for _, a := range rep.ZeroShot {
			if a.Task == task {
				return a.Top1
			}
		}
		return 0
	}
}

// Headline gives the gain of the difference accuracy by sign.
func (r *Result) Headline() eval.Stat { return r.Rows[0].Gain }

// JSON gives the result as one document.
func (r *Result) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("encode result: %w", err)
	}
	return b.Bytes(), nil
}

// Render prints the table for people.
func (r *Result) Render(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 3, ' ', 0)
	fmt.Fprintf(t, "accuracy in %%, mean of %d worlds ± standard error\tstart\tfinetuned\tgain\tshuffled control\n", len(r.Seeds))
	section := ""
	for _, row := range r.Rows {
		if row.Section != section {
			section = row.Section
			fmt.Fprintf(t, "%s\t\t\t\t\n", section)
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%+.1f ± %.1f\t%s\n", row.Name, show(row.Start), show(row.Finetuned), row.Gain.Mean, row.Gain.Error, show(row.Shuffled))
	}
	return t.Flush()
}

func show(s eval.Stat) string { return fmt.Sprintf("%.1f ± %.1f", s.Mean, s.Error) }

func encodeTasks(items []eval.Item) ([]byte, error) {
	var b bytes.Buffer
	err := eval.WriteTasks(&b, items)
	return b.Bytes(), err
}
