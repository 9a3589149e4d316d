package main

import (
	"io"
	"strings"

	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/eval"
	"github.com/pcclip/pcclip/train/eval/sets"
)

type evalCmd struct {
	Model            []string `help:"A model to score; may be repeated, the base first." placeholder:"PATH" predictor:"file" sep:"none"`
	RunDir           string   `name:"run" help:"Score on the validation differences of this run." placeholder:"DIR" predictor:"dir"`
	Tasks            string   `help:"Score on this task file (JSON Lines)." placeholder:"FILE" predictor:"file"`
	Images           string   `help:"The folder the tasks' images lie in; for a run: where its images are." placeholder:"DIR" predictor:"dir"`
	Embeddings       string   `help:"Take the images from this table of pcclip embed, made by the first model." placeholder:"FILE.parquet" predictor:"file"`
	Out              string   `help:"Write the scores as JSON here." placeholder:"FILE.json"`
	Items            bool     `help:"Keep the scores of single pairs and images in the JSON."`
	ExportEmbeddings string   `name:"export-embeddings" help:"Write the embeddings that the scores were computed from into this folder, one table for texts and one for images of each model." placeholder:"DIR" predictor:"dir"`
	ClassPairs       int      `name:"class-pairs" default:"3" help:"Class pairs of comparative prompting: the most confused ones, and the most similar ones."`
	ProbeSeed        int64    `name:"probe-seed" default:"0" help:"Seed of the linear probe's draws."`
	Batch            int      `default:"256" help:"Images or texts per forward pass."`
	Threads          int      `default:"0" help:"CPU threads of libtorch; 0: all cores."`
	Device           string   `default:"auto" enum:"auto,cpu,cuda" help:"Where to compute (${enum})."`
	JSON             bool     `name:"json" help:"Print the scores as JSON."`

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
  {"kind":"comparison","task":"animals","class_a":"cat","class_b":"dog","text":"..."}
  {"kind":"delta","task":"edits","image_b":"1.jpg","text":"...","image_a":"2.jpg"}
Optional: "order":"second" where the text names image b first, "group":"...", "split":"validation" or "train" for
images on which class pairs and alpha are chosen or a linear probe learns, "distractor":true for a class without images.

The first model is the base: it chooses the class pairs that all models are scored on. On a run, "two-way" stays
empty where its rows have no reversed difference.` + setsHelp
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
	all, err := c.score(e, items, folder)
	if err != nil {
		return err
	}
	return c.print(e, all)
}

// imageSource opens the images of tasks by name.
type imageSource interface {
	Open(name string) (io.ReadCloser, error)
	Close() error
}

// noImages stands for a folder where all images come from a table.
type noImages struct{}

func (noImages) Open(name string) (io.ReadCloser, error) {
	return nil, fault.Input("open image", name, "give --images DIR", "no folder of images is given")
}

func (noImages) Close() error { return nil }

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
	case c.Tasks != "" && (c.Images != "" || c.Embeddings != "") && c.RunDir == "":
		items, err := eval.ReadTasks(c.Tasks)
		if err != nil || c.Images == "" {
			return items, noImages{}, err
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
	return nil, nil, fault.Input("eval", "", "give --run DIR, --data-root DIR, or --tasks FILE with --images DIR or --embeddings FILE", "no tasks to score on")
}
