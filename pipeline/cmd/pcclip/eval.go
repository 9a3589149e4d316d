package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/eval"
	"github.com/pcclip/pcclip/train/eval/sets"
)

type evalCmd struct {
	Model   []string `help:"A model to score; may be repeated, the base first." placeholder:"PATH" predictor:"file" sep:"none"`
	RunDir  string   `name:"run" help:"Score on the validation differences of this run." placeholder:"DIR" predictor:"dir"`
	Tasks   string   `help:"Score on this task file (JSON Lines)." placeholder:"FILE" predictor:"file"`
	Images  string   `help:"The folder the tasks' images lie in; for a run: where its images are." placeholder:"DIR" predictor:"dir"`
	Out     string   `help:"Write the scores as JSON here." placeholder:"FILE.json"`
	Batch   int      `default:"256" help:"Images or texts per forward pass."`
	Threads int      `default:"0" help:"CPU threads of libtorch; 0: all cores."`
	Device  string   `default:"auto" enum:"auto,cpu,cuda" help:"Where to compute (${enum})."`
	JSON    bool     `name:"json" help:"Print the scores as JSON."`

	setFlags `group:"Public sets:"`
}

// Help shows examples and the task file.
func (evalCmd) Help() string {
	return `Examples:
  pcclip eval --run runs/a --model models/base --model runs/a/train/first/model --out runs/a/eval/first.json
  pcclip eval --tasks tasks.jsonl --images photos --model models/base

A task file holds one JSON object a line:
  {"kind":"difference","task":"size","image_a":"1.jpg","image_b":"2.jpg","text":"...","reversed":"...","caption_a":"...","caption_b":"..."}
  {"kind":"class","task":"animals","label":"cat","text":"a photo of a cat"}
  {"kind":"classify","task":"animals","image":"1.jpg","label":"cat"}
  {"kind":"retrieve","task":"captions","image":"1.jpg","text":"..."}
On a run, "two-way" stays empty: its rows have no reversed difference.` + setsHelp
}

// scored is the score of one model.
type scored struct {
	Model   string      `json:"model"`
	Weights string      `json:"weights_digest"`
	Report  eval.Report `json:"report"`
}

// Run scores every model on the same tasks.
func (c *evalCmd) Run(e *env) error {
	if c.ListSets {
		return c.listSets(e, c.JSON)
	}
	if c.WriteTasks == "" || c.DataRoot == "" {
		if err := needed("--model=PATH", strings.Join(c.Model, ",")); err != nil {
			return err
		}
	}
	items, folder, err := c.tasks(e.stderr)
	if err != nil {
		return err
	}
	defer folder.Close()
	if c.WriteTasks != "" {
		if err := c.writeTasks(items); err != nil || len(c.Model) == 0 {
			return err
		}
	}
	var all []scored
	board := e.board()
	for _, model := range c.Model {
		opts := train.EmbedOptions{Model: model, Batch: c.Batch, Threads: c.Threads, Device: c.Device}
		bar := board.Bar("eval "+filepath.Base(model), 0)
		s, err := scoreModel(e.ctx, opts, items, folder.Open, bar)
		bar.Done()
		if err != nil {
			board.Close()
			return err
		}
		all = append(all, s)
	}
	board.Close()
	return c.print(e, all)
}

// imageSource opens the images of tasks by name.
type imageSource interface {
	Open(name string) (io.ReadCloser, error)
	Close() error
}

// tasks reads the items and opens the folder of their images.
func (c *evalCmd) tasks(stderr io.Writer) ([]eval.Item, imageSource, error) {
	switch {
	case c.DataRoot != "" && c.Tasks != "":
		items, err := eval.ReadTasks(c.Tasks)
		if err != nil {
			return nil, nil, err
		}
		images, err := sets.OpenImages(c.DataRoot)
		return items, images, err
	case c.DataRoot != "":
		return c.setTasks(stderr)
	case c.Tasks != "" && c.Images != "" && c.RunDir == "":
		items, err := eval.ReadTasks(c.Tasks)
		if err != nil {
			return nil, nil, err
		}
		folder, err := openImages(c.Images)
		return items, folder, err
	case c.RunDir != "" && c.Tasks == "":
		dir, err := rundir.Open(c.RunDir)
		if err != nil {
			return nil, nil, err
		}
		return validationTasks(dir, c.Images)
	}
	return nil, nil, fault.Input("eval", "", "give --run DIR, --data-root DIR, or --tasks FILE with --images DIR", "no tasks to score on")
}

func scoreModel(ctx context.Context, opts train.EmbedOptions, items []eval.Item, open train.OpenImage, progress train.Progress) (scored, error) {
	enc, err := train.NewEncoder(ctx, opts)
	if err != nil {
		return scored{}, err
	}
	defer enc.Close()
	report, err := eval.Score(ctx, items, train.NewScorer(enc, open, progress), eval.DefaultOptions())
	if err != nil {
		return scored{}, err
	}
	digest, err := enc.Digest(ctx)
	return scored{Model: opts.Model, Weights: digest, Report: report}, err
}

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
		fmt.Fprintf(w, "  task\torder\tn\tsign\ttwo-way\tcaption difference\tcosine\n")
		for _, d := range s.Report.Differences {
			fmt.Fprintf(w, "  %s\t%s\t%d\t%.1f\t%s\t%s\t%.3f\n", d.Task, d.Order, d.N, d.Sign, orDash(d.Two, d.TwoN), orDash(d.Captions, d.CapN), d.Cosine)
		}
		for _, a := range s.Report.ZeroShot {
			fmt.Fprintf(w, "  %s\tzero-shot\t%d\t%.1f\n", a.Task, a.N, a.Top1)
		}
		for _, a := range s.Report.Retrieval {
			fmt.Fprintf(w, "  %s\tretrieval R@1\t%d\t%.1f image to text, %.1f back\n", a.Task, a.N, a.Top1, a.Back)
		}
	}
	return w.Flush()
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
