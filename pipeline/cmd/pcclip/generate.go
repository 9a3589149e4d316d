package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/train/clip/tokenizer"
)

type generateCmd struct {
	RunDir      string            `name:"run" help:"The run, as made by sample." placeholder:"DIR" predictor:"dir"`
	Endpoint    string            `help:"Base URL of an OpenAI-compatible server." placeholder:"URL"`
	Also        []string          `help:"Another endpoint that shares the work: URL[,model=NAME][,key-env=VAR][,weight=W][,concurrency=N][,rpm=N][,tpm=N]. May be repeated." sep:"none" placeholder:"URL,..."`
	Model       string            `help:"The model's name there." placeholder:"NAME"`
	APIKeyEnv   string            `name:"api-key-env" help:"Name of the environment variable that holds the key." placeholder:"VAR"`
	Prompt      string            `default:"paper" help:"A known prompt, or a file with one." placeholder:"NAME|FILE"`
	Rules       string            `default:"paper" help:"The rules that accept or reject an answer." placeholder:"NAME"`
	Concurrency int               `default:"0" help:"Requests in flight; 0: as many as the endpoint is worth, found on the way."`
	MostAtOnce  int               `name:"most-at-once" default:"256" help:"Requests in flight at most, where --concurrency is 0."`
	RPM         int64             `name:"rpm" default:"0" help:"Requests a minute that the endpoint allows; 0: as its headers say."`
	TPM         int64             `name:"tpm" default:"0" help:"Tokens a minute, prompts and answers together; 0: as its headers say."`
	InputTPM    int64             `name:"input-tpm" default:"0" help:"Tokens of prompts a minute."`
	OutputTPM   int64             `name:"output-tpm" default:"0" help:"Tokens of answers a minute."`
	Outage      time.Duration     `default:"30m" help:"Wait so long for an endpoint that is down; 0: not at all."`
	Pairs       int64             `default:"0" help:"Ask only about N pairs, from the front of each split; 0 for all."`
	Rows        int64             `default:"0" help:"Go on along the plan until N rows are accepted; 0 for no such goal."`
	Replicates  int               `default:"1" help:"Texts of each pair; more than one needs a temperature above 0."`
	Temperature float64           `default:"0" help:"Sampling temperature; 0 is really sent."`
	TopP        float64           `default:"1" help:"Nucleus sampling; 0: not sent."`
	Cap         int               `default:"160" help:"Cap on the tokens of an answer; 0: not sent."`
	CapField    string            `default:"auto" enum:"auto,max_tokens,max_completion_tokens" help:"The field that carries the cap (${enum}); auto: what the endpoint takes."`
	Seed        *int64            `help:"Sampling seed, sent with every request; default: none is sent." placeholder:"N"`
	Timeout     time.Duration     `default:"2m" help:"Time for one request as a whole."`
	MaxAttempts int               `default:"5" help:"Tries per pair."`
	Extra       map[string]string `help:"More fields of the request body, as JSON values: top_k=40." placeholder:"KEY=VALUE"`
	Batch       bool              `help:"Ask through the provider's Batch API: cheaper, within a day. Later calls may go on with or without it."`
	BatchLines  int               `name:"batch-lines" default:"50000" help:"Requests of a batch at most."`
	BatchBytes  int64             `name:"batch-bytes" default:"100000000" help:"Bytes of a batch's file at most."`
	BatchWait   time.Duration     `name:"batch-wait" default:"0" help:"Wait so long for batches, then leave them running; 0: until they end."`
	ForgetBatch bool              `name:"forget-batches" help:"Give up the open batches of earlier calls: their requests are asked, and paid, again."`
	RetryFailed bool              `help:"Ask again for pairs that failed before."`
	Pilot       int64             `default:"0" help:"Ask about N pairs, and tell what all of them would take." placeholder:"N"`
	MaxRequests int64             `default:"0" help:"Stop at N requests, over all calls; 0 for no bound."`
	MaxTokens   int64             `default:"0" help:"Stop before N tokens, prompts and answers, over all calls; 0 for no bound."`
	MaxCost     float64           `default:"0" help:"Stop before this cost by --price, over all calls; 0 for no bound."`
	Price       []float64         `help:"Price of a million tokens: PROMPT,COMPLETION or PROMPT,COMPLETION,CACHED." placeholder:"P,C"`
	Metrics     string            `help:"Serve Prometheus metrics at this loopback address, such as 127.0.0.1:9464." placeholder:"ADDR"`
	Status      string            `help:"Only print how the run in this folder stands, be it running or not." placeholder:"DIR" predictor:"dir"`
	JSON        bool              `name:"json" help:"Print the result as JSON."`
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
  pcclip generate --run runs/a ... --max-cost 20 --price 0.15,0.60
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
	opts, err := c.options(plan)
	if err != nil {
		return err
	}
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
	o := generate.DefaultOptions()
	o.RunDir, o.Endpoint, o.Model, o.APIKeyEnv, o.Prompt, o.Rules = c.RunDir, c.Endpoint, c.Model, c.APIKeyEnv, c.Prompt, c.Rules
	o.Concurrency, o.Pairs, o.Rows, o.MaxAttempts, o.RetryFailed = c.Concurrency, c.Pairs, c.Rows, c.MaxAttempts, c.RetryFailed
	o.Temperature, o.TopP, o.MaxTokens, o.CapField, o.Timeout = c.Temperature, c.TopP, c.Cap, c.CapField, c.Timeout
	o.MostAtOnce, o.Outage, o.Seed, o.Replicates = c.MostAtOnce, c.Outage, c.Seed, c.Replicates
	o.Batches.On, o.Batches.Wait, o.Batches.Forget = c.Batch, c.BatchWait, c.ForgetBatch
	o.Batches.Limits.Lines, o.Batches.Limits.Bytes = c.BatchLines, c.BatchBytes
	o.Rates.Requests, o.Rates.Tokens, o.Rates.Input, o.Rates.Output = c.RPM, c.TPM, c.InputTPM, c.OutputTPM
	if o.Others, err = c.others(); err != nil {
		return o, err
	}
	o.Budget = generate.Budget{Requests: c.MaxRequests, Tokens: c.MaxTokens, Cost: c.MaxCost}
	if o.Price, err = c.price(); err != nil {
		return o, err
	}
	if c.Pilot != 0 {
		o.Pairs = c.Pilot
	}
	o.CountTokens = count
	o.Manifest.Tool = shards.Tool{Name: "pcclip", Version: version()}
	o.Manifest.Run.Source, o.Manifest.Run.SourceSHA256 = plan.Source()
	o.Manifest.Run.Seed = plan.Seed()
	if len(c.Extra) > 0 {
		o.Extra = map[string]any{}
	}
	for key, text := range c.Extra {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			value = text // a bare word is a string
		}
		o.Extra[key] = value
	}
	return o, nil
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
	seed := "none"
	if c.Seed != nil {
		seed = strconv.FormatInt(*c.Seed, 10)
	}
	return []rundir.Setting{
		{Key: "endpoint", Value: c.Endpoint},
		{Key: "concurrency", Value: c.Concurrency},
		{Key: "api_key_env", Value: c.APIKeyEnv},
		{Key: "model", Value: c.Model, Data: true},
		{Key: "prompt", Value: c.Prompt, Data: true},
		{Key: "rules", Value: c.Rules, Data: true},
		{Key: "temperature", Value: c.Temperature, Data: true},
		{Key: "top_p", Value: c.TopP, Data: true},
		{Key: "cap", Value: c.Cap, Data: true},
		{Key: "seed", Value: seed, Data: true},
		{Key: "replicates", Value: c.Replicates, Data: true},
		{Key: "extra", Value: c.Extra, Data: true},
	}
}

// report says what came of the call. It comes with an error too.
func (c *generateCmd) report(e *env, r generate.Result, f *forecast) error {
	if r.Manifest == nil {
		return nil
	}
	switch {
	case c.JSON && f != nil:
		return printJSON(e.stdout, map[string]any{"manifest": r.Manifest, "forecast": f})
	case c.JSON:
		return printJSON(e.stdout, r.Manifest)
	}
	t := r.Manifest.Totals
	fmt.Fprintf(e.stderr, "planned %d = accepted %d + rejected %d + failed %d + pending %d; %d requests, %d pairs needed none\n",
		t.Planned, t.Accepted, t.Rejected, t.Failed, t.Pending, r.Requests, r.Reused)
	for _, name := range sortedNames(r.Manifest.RejectReasons) {
		fmt.Fprintf(e.stderr, "  rejected %s: %d\n", name, r.Manifest.RejectReasons[name])
	}
	for _, kind := range sortedNames(r.Troubles) {
		fmt.Fprintf(e.stderr, "  requests that failed, %s: %d\n", kind, r.Troubles[kind])
	}
	if f != nil {
		fmt.Fprintln(e.stderr, f)
	}
	return nil
}
