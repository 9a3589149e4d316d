package main

import (
	"errors"
	"time"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/train/clip/tokenizer"
)

type generateCmd struct {
	RunDir     string   `name:"run" help:"The run, as made by sample." placeholder:"DIR" predictor:"dir"`
	Prompt     string   `default:"paper" help:"The question: paper, balanced (both orders of mention), structured (JSON, both directions), rewrite (captions), vision (shows the images), or a file." placeholder:"NAME|FILE"`
	Rules      string   `help:"The rules that accept or reject an answer: paper, strict, caption for rewritten captions, none, or a YAML file. Default: caption for prompts that ask for captions, else strict." placeholder:"NAME|FILE" predictor:"file"`
	Pairs      int64    `default:"0" help:"Ask only about N pairs, from the front of each split; 0 for all."`
	Rows       positive `help:"Go on along the plan until N rows are accepted." placeholder:"N"`
	Images     string   `help:"Folder of the images, for prompts that show them; default: the one that sample was given." placeholder:"DIR" predictor:"dir"`
	ImageSide  positive `default:"512" help:"Images are sent at most this long on their longer side, in pixels."`
	Told       positive `name:"captions-each" default:"1" help:"Captions of each image that the question tells, as far as it has so many."`
	Replicates positive `default:"1" help:"Texts of each pair; more than one needs a temperature above 0."`
	Pilot      positive `help:"Ask about N pairs, and tell what all of them would take." placeholder:"N"`
	Status     string   `help:"Only print how the run in this folder stands, be it running or not." placeholder:"DIR" predictor:"dir"`
	askFlags
	ruled string // as recorded, see recordedRules
}

// Help shows examples.
func (generateCmd) Help() string {
	return `Examples:
  pcclip generate --run runs/a --endpoint http://127.0.0.1:8080/v1 --model my-model
  pcclip generate --run runs/a --endpoint https://api.example.com/v1 --model m --api-key-env API_KEY --concurrency 64
  pcclip generate --run runs/a ... --also http://gpu2:8000/v1 --also https://api.example.com/v1,model=m-large,key-env=API_KEY,rpm=500
  pcclip generate --run runs/a ... --pilot 200         200 pairs, and what the whole plan would take
  pcclip generate --run runs/a ... --rows 10000        exactly 10,000 accepted rows, if the plan has enough pairs
  pcclip generate --run runs/a ... --batch             half the price at some providers, within a day
  pcclip generate --run runs/a ... --also https://api.example.com/v1,key-env=API_KEY,batch,weight=3
                                                       three quarters in batches there, the rest directly meanwhile
  pcclip generate --run runs/a ... --max-cost 20 --price 0.15,0.60
  pcclip generate --run runs/a ... --rules mine.yaml   rules of your own; pcclip check -h shows such a file
  pcclip generate --run runs/a ... --prompt vision     the model sees the images instead of their captions
  pcclip generate --status runs/a                      how it stands; kill -USR1 PID prints it there

Stop it at any time, with Ctrl-C or kill -9, and run the same line again: answers
that came back are never asked for twice. Exit code 3: pairs are still missing.`
}

// Run asks for every pair of the plan that has no answer yet.
func (c *generateCmd) Run(e *env) error {
	if c.Status != "" {
		return c.status(e)
	}
	if err := needed("--run=DIR", c.RunDir, "--endpoint=URL", c.Endpoint, "--model=NAME", c.Model); err != nil {
		return err
	}
	dir, err := rundir.Open(c.RunDir)
	if err != nil {
		return err
	}
	plan, err := sample.Load(dir.Path)
	if err != nil {
		return err
	}
	plan = plan.Telling(int(c.Told))
	opts, err := c.options(plan)
	if err != nil {
		return err
	}
	shut, err := c.pictures(dir, &opts)
	if err != nil {
		return err
	}
	defer shut()
	if err := opts.Validate(); err != nil {
		return err
	}
	if err := dir.Record("generate", "shards", c.settings()); err != nil {
		return err
	}
	board := e.board()
	bar := progress.Generation(board.Bar("generate", 0))
	stop, err := c.watch(e, bar)
	if err != nil {
		return err
	}
	start := time.Now()
	result, err := generate.Run(e.ctx, opts, plan, bar)
	stop()
	bar.Done()
	board.Close()
	return errors.Join(err, c.report(e, result, c.forecast(plan, result, time.Since(start))))
}

func (c *generateCmd) options(plan *sample.Plan) (generate.Options, error) {
	count, err := countTokens()
	if err != nil {
		return generate.Options{}, err
	}
	if c.Rules == "" {
		prompt, err := prompts.Load(c.Prompt)
		if err != nil {
			return generate.Options{}, err
		}
		c.Rules = generate.RulesFor(prompt)
	}
	if c.ruled, err = recordedRules(c.Rules); err != nil {
		return generate.Options{}, err
	}
	o, err := c.ask()
	if err != nil {
		return o, err
	}
	o.RunDir, o.Prompt, o.Rules, o.Pairs, o.Rows, o.Replicates, o.Told = c.RunDir, c.Prompt, c.Rules, c.Pairs, int64(c.Rows), int(c.Replicates), int(c.Told)
	if c.Pilot != 0 {
		o.Pairs = int64(c.Pilot)
	}
	o.CountTokens = count
	o.Manifest.Run.Source, o.Manifest.Run.SourceSHA256 = plan.Source()
	o.Manifest.Run.Seed = plan.Seed()
	return o, nil
}

// recordedRules gives what a run records of its rules: the name of a built-in
// set, which an update may change, or the version of a file.
func recordedRules(name string) (string, error) {
	rules, err := check.Load(name)
	if err != nil || rules.Source() == nil {
		return name, err
	}
	return rules.Version(), nil
}

// countTokens gives what counts the CLIP tokens of a text, start and end
// included.
func countTokens() (func(string) int, error) {
	tok, err := tokenizer.New()
	if err != nil {
		return nil, err
	}
	return func(text string) int {
		n, _ := tok.Count(text)
		return n
	}, nil
}

// settings are recorded in the run. Where answers come from and how fast may
// change on the way; what is asked may not.
func (c *generateCmd) settings() []rundir.Setting {
	return append(c.asked(),
		rundir.Setting{Key: "prompt", Value: c.Prompt, Data: true},
		rundir.Setting{Key: "rules", Value: c.ruled, Data: true},
		rundir.Setting{Key: "captions_each", Value: int(c.Told), Data: true},
		rundir.Setting{Key: "image_side", Value: int(c.ImageSide), Data: c.Prompt == "vision"},
		rundir.Setting{Key: "replicates", Value: int(c.Replicates), Data: true},
	)
}
