package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/eval"
	"github.com/pcclip/pcclip/train/eval/sets"
)

// setFlags are the flags of public image sets.
type setFlags struct {
	DataRoot    string   `name:"data-root" help:"The folder the public sets lie in; goes before --run." placeholder:"DIR" predictor:"dir"`
	Sets        []string `help:"Which sets, or names of folders of class folders (default: every known set that is there)." placeholder:"NAME"`
	ListSets    bool     `name:"list-sets" help:"Say which sets are there, what is missing and where it should lie; score nothing."`
	PaperCompat bool     `name:"paper-compat" help:"Rebuild the paper's tasks with their label bugs, to compare."`
	Seed        int64    `default:"0" help:"First seed of the images and pairs of a set's tasks."`
	Seeds       int      `default:"5" help:"Draws of each difference task."`
	Pairs       int      `default:"500" help:"Pairs of a difference task in each draw; 0: all (--paper-compat: always all)."`
	Limit       int      `default:"0" help:"Test images of each set in zero-shot and retrieval; 0: all."`
	Comparative bool     `help:"Also comparative prompting: comparisons of classes, and validation images to choose on."`
	Probe       bool     `help:"Also a linear probe on training images: the same for models that share an image tower."`
	ClassNames  string   `name:"class-names" help:"A folder with class names, templates and wordings of yours: classes/cub.txt, templates/cub.txt, ..." placeholder:"DIR" predictor:"dir"`
	WriteTasks  string   `name:"write-tasks" help:"Write the sets' tasks as a task file; without --model, that is all." placeholder:"FILE"`
}

// setsHelp belongs to the help of eval.
const setsHelp = `

Public sets in their official form, under one folder (--list-sets shows the layout of each):
  pcclip eval --data-root data --list-sets
  pcclip eval --data-root data --sets cifar100,awa2 --limit 1000 --model models/base --model runs/a/train/first/model
  pcclip eval --data-root data --sets flowers102 --paper-compat --model models/base
  pcclip eval --data-root data --write-tasks tasks.jsonl
  pcclip eval --data-root data --tasks tasks.jsonl --model models/base`

func (f *setFlags) options() sets.Options {
	return sets.Options{
		Sets: f.Sets, PaperCompat: f.PaperCompat, Seed: f.Seed, Seeds: f.Seeds, Pairs: f.Pairs, Limit: f.Limit, Files: f.ClassNames,
		Comparative: f.Comparative, Probe: f.Probe,
	}
}

// setTasks draws the tasks of the sets under the data root. Missing sets are
// named on standard error.
func (f *setFlags) setTasks(stderr io.Writer) ([]eval.Item, *sets.Data, error) {
	data, err := sets.Open(f.DataRoot, f.options())
	if err != nil {
		return nil, nil, err
	}
	for _, m := range data.Missing {
		fmt.Fprintf(stderr, "skipped %s: %s\n", m.Name, m.Reason)
	}
	var items []eval.Item
	for _, s := range data.Sets {
		more, err := s.Items()
		if err != nil {
			data.Close()
			return nil, nil, err
		}
		items = append(items, more...)
	}
	if len(items) == 0 {
		data.Close()
		return nil, nil, fault.Input("read sets", f.DataRoot, "see what is missing with --list-sets", "none of the sets is there")
	}
	return items, data, nil
}

// writeTasks writes the tasks of the sets as a task file.
func (f *setFlags) writeTasks(items []eval.Item) error {
	var out bytes.Buffer
	if err := eval.WriteTasks(&out, items); err != nil {
		return err
	}
	return shards.WriteFile(f.WriteTasks, out.Bytes())
}

// listedSet is a line of --list-sets.
type listedSet struct {
	sets.Layout
	State      string `json:"state"` // found, missing or broken
	Folder     string `json:"folder,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Classes    int    `json:"classes,omitempty"`
	Train      int    `json:"train,omitempty"`
	Validation int    `json:"validation,omitempty"`
	Test       int    `json:"test,omitempty"`
}

// listSets tells of every set whether it is there. A broken one is told with the
// others, and then ends the command.
func (f *setFlags) listSets(e *env, asJSON bool) error {
	if err := needed("--data-root=DIR", f.DataRoot); err != nil {
		return err
	}
	root, err := sets.OpenImages(f.DataRoot)
	if err != nil {
		return err
	}
	root.Close()
	var list []listedSet
	var broken error
	for _, l := range sets.Layouts(f.Sets) {
		line, err := f.listSet(l)
		if err != nil && fault.ExitCode(err) != fault.Usage {
			return err
		}
		if broken == nil {
			broken = err
		}
		list = append(list, line)
	}
	if err := printSets(e.stdout, list, asJSON); err != nil {
		return err
	}
	return broken
}

func (f *setFlags) listSet(l sets.Layout) (listedSet, error) {
	o := f.options()
	o.Sets = []string{l.Name}
	line := listedSet{Layout: l}
	data, err := sets.Open(f.DataRoot, o)
	if err != nil {
		line.State, line.Reason = "broken", err.Error()
		return line, err
	}
	defer data.Close()
	if len(data.Missing) > 0 {
		line.State, line.Reason = "missing", data.Missing[0].Reason
		return line, nil
	}
	s := data.Sets[0]
	line.State, line.Folder, line.Classes = "found", s.Dir, len(s.Classes)
	line.Train, line.Validation, line.Test = s.Count()
	return line, nil
}

func printSets(out io.Writer, list []listedSet, asJSON bool) error {
	if asJSON {
		return printJSON(out, list)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "set\tstate\tclasses\ttrain\tvalidation\ttest\tfolder or reason")
	for _, s := range list {
		where := s.Folder
		if s.State != "found" {
			where = strings.ReplaceAll(s.Reason, "\t", " ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Name, s.State, count(s.Classes), count(s.Train), count(s.Validation), count(s.Test), where)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nWhere they should lie, under the data root:")
	w = tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, s := range list {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", s.Name, s.Title, s.Tree)
	}
	return w.Flush()
}

func count(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}
