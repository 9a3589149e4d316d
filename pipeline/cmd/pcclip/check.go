package main

import (
	"fmt"
	"path/filepath"

	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

type checkCmd struct {
	RunDir string `name:"run" required:"" help:"A run with shards." placeholder:"DIR" predictor:"dir"`
	Rules  string `default:"paper" help:"The rule set to apply." placeholder:"NAME"`
	JSON   bool   `name:"json" help:"Print the counts as JSON."`
}

// Help shows an example.
func (checkCmd) Help() string {
	return `Example:
  pcclip check --run runs/a --rules paper

Applies the rules again to every accepted and rejected row, changes nothing, and
exits with 1 where a verdict is not the one that was written.`
}

// checked is what a check comes to.
type checked struct {
	Rules    string           `json:"rules"`
	Rows     int64            `json:"rows"`
	Accepted int64            `json:"accepted"`
	Rejected map[string]int64 `json:"rejected"` // by reason
	Changed  int64            `json:"changed"`  // rows whose verdict is not the written one
	Example  string           `json:"example,omitempty"`
}

// Run judges every row again.
func (c *checkCmd) Run(e *env) error {
	rules, err := check.Get(c.Rules)
	if err != nil {
		return err
	}
	dir, err := rundir.Open(c.RunDir)
	if err != nil {
		return err
	}
	out := checked{Rules: rules.Version(), Rejected: map[string]int64{}}
	for _, folder := range []string{"shards", "rejected"} {
		files, err := filepath.Glob(dir.File(folder, "*.parquet"))
		if err != nil {
			return fmt.Errorf("list shards: %w", err)
		}
		for _, path := range files {
			for row, err := range shards.ReadRows(path) {
				if err != nil {
					return err
				}
				out.add(rules.Check(row.Difference), row)
			}
		}
	}
	if err := c.print(e, out); err != nil {
		return err
	}
	if out.Changed > 0 {
		return &fault.Error{Op: "check", Where: c.RunDir, Err: fmt.Errorf("%d rows have another verdict, the first is %s", out.Changed, out.Example)}
	}
	return nil
}

func (c *checked) add(v check.Verdict, row shards.Row) {
	c.Rows++
	if v.Accepted() {
		c.Accepted++
	} else {
		c.Rejected[v.Reason]++
	}
	if v.Reason != row.RejectReason || v.Accepted() && v.Text != row.Difference {
		c.Changed++
		if c.Example == "" {
			c.Example = row.PairID
		}
	}
}

func (c *checkCmd) print(e *env, out checked) error {
	if c.JSON {
		return printJSON(e.stdout, out)
	}
	fmt.Fprintf(e.stdout, "%d rows, %d accepted by %s\n", out.Rows, out.Accepted, out.Rules)
	for _, reason := range sortedNames(out.Rejected) {
		fmt.Fprintf(e.stdout, "  rejected %s: %d\n", reason, out.Rejected[reason])
	}
	return nil
}
