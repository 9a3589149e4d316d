package main

import (
	"fmt"
	"strconv"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards/fault"
)

type checkCmd struct {
	RunDir string `name:"run" required:"" help:"A run with shards." placeholder:"DIR" predictor:"dir"`
	Rules  string `help:"The rules to apply: paper, strict, caption, none, or a YAML file; default: the run's own." placeholder:"NAME|FILE" predictor:"file"`
	Judge  string `help:"Reject what this judge rejects, too; see pcclip judge." placeholder:"NAME"`
	Apply  bool   `help:"Write shards, rejected rows and manifest anew, by these rules."`
	JSON   bool   `name:"json" help:"Print the counts as JSON."`
}

// Help shows examples.
func (checkCmd) Help() string {
	return `Examples:
  pcclip check --run runs/a                            are the rows what the rules make of the answers?
  pcclip check --run runs/a --rules strict             what would other rules make of them?
  pcclip check --run runs/a --rules strict --apply     write the run anew by these rules
  pcclip check --run runs/a --rules mine.yaml          ... and rules of your own?
  pcclip check --run runs/a --judge judge --apply      reject what a judge rejects, too

A file of rules:
  extends: strict             # paper, strict, caption or none; left out: none
  rules:
    hedging: off              # by reject reason or repair; duplicate and near_duplicate too
    clock: on
  limits:
    min_chars: 40             # max_clip_tokens, max_same_words, near_duplicate_similarity, ...
  reject:
    weather: (?i)\bsunny\b    # own rules: a name and a regular expression
  cut:
    cut_ps: \bP\.S\.          # the text ends before it
The run keeps the file, and the manifest names it by the hash of its text: mine-2f1c09ab34de.

Judges the stored answers again, without a single request. Exit code 1: rows are
not what the run's own rules make of its answers.`
}

// Run judges every stored answer again.
func (c *checkCmd) Run(e *env) error {
	dir, err := rundir.Open(c.RunDir)
	if err != nil {
		return err
	}
	plan, err := sample.Load(dir.Path)
	if err != nil {
		return err
	}
	count, err := countTokens()
	if err != nil {
		return err
	}
	prompt, err := dir.Recorded("generate", "prompt")
	if err != nil {
		return err
	}
	told, err := dir.Recorded("generate", "captions_each")
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(told); err == nil {
		plan = plan.Telling(n)
	}
	j, err := generate.Recheck(e.ctx, generate.RecheckOptions{RunDir: dir.Path, Prompt: prompt, Rules: c.Rules, Judge: c.Judge, Apply: c.Apply, CountTokens: count}, plan)
	if err != nil {
		return err
	}
	if j.Applied && c.Rules != "" {
		ruled, err := recordedRules(c.Rules)
		if err != nil {
			return err
		}
		if err := dir.Amend("generate", "rules", ruled); err != nil {
			return err
		}
	}
	if err := c.print(e, j); err != nil {
		return err
	}
	if j.Changed > 0 && j.Rules == j.Before && !j.Applied {
		return &fault.Error{Op: "check", Where: c.RunDir, Err: fmt.Errorf("%d rows are not what %s makes of the answers, the first is %s", j.Changed, j.Rules, j.Example), Hint: "write them anew with --apply"}
	}
	return nil
}

func (c *checkCmd) print(e *env, j generate.Judgement) error {
	if c.JSON {
		return printJSON(e.stdout, j)
	}
	fmt.Fprintf(e.stdout, "%d rows, %d accepted by %s; %d other than before by %s\n", j.Rows, j.Accepted, j.Rules, j.Changed, j.Before)
	if j.Unjudged > 0 {
		fmt.Fprintf(e.stdout, "  %d accepted rows have no judgement by %s: run pcclip judge again\n", j.Unjudged, c.Judge)
	}
	for _, reason := range sortedNames(j.Rejected) {
		fmt.Fprintf(e.stdout, "  rejected %s: %d\n", reason, j.Rejected[reason])
	}
	return nil
}
