package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/rundir"
	"github.com/pcclip/pcclip/shards"
)

// askFlags say where and how a model is asked.
type askFlags struct {
	Endpoint    string            `help:"Base URL of an OpenAI-compatible server." placeholder:"URL"`
	Also        []string          `help:"Another endpoint that shares the work: URL[,model=NAME][,key-env=VAR][,weight=W][,concurrency=N][,rpm=N][,tpm=N][,price=P:C][,batch]. May be repeated." sep:"none" placeholder:"URL,..."`
	Model       string            `help:"The model's name there." placeholder:"NAME"`
	APIKeyEnv   string            `name:"api-key-env" help:"Name of the environment variable that holds the key." placeholder:"VAR"`
	Concurrency positive          `help:"Requests in flight, at all times; default: as many as the endpoint is worth, found on the way." placeholder:"N"`
	MostAtOnce  positive          `name:"most-at-once" default:"256" help:"Requests in flight at most, where --concurrency is not given."`
	RPM         positive          `name:"rpm" help:"Requests a minute that the endpoint allows; default: as its headers say." placeholder:"N"`
	TPM         positive          `name:"tpm" help:"Tokens a minute, prompts and answers together; default: as its headers say." placeholder:"N"`
	InputTPM    positive          `name:"input-tpm" help:"Tokens of prompts a minute." placeholder:"N"`
	OutputTPM   positive          `name:"output-tpm" help:"Tokens of answers a minute." placeholder:"N"`
	Outage      time.Duration     `default:"30m" help:"Wait so long for an endpoint that is down; 0: not at all."`
	Temperature float64           `default:"0" help:"Sampling temperature; 0 is really sent."`
	TopP        float64           `default:"1" help:"Nucleus sampling; 0: not sent."`
	Cap         int               `default:"160" help:"Cap on the tokens of an answer; 0: not sent."`
	CapField    string            `default:"auto" enum:"auto,max_tokens,max_completion_tokens" help:"The field that carries the cap (${enum}); auto: what the endpoint takes."`
	Seed        *int64            `help:"Sampling seed, sent with every request; default: none is sent." placeholder:"N"`
	Timeout     time.Duration     `default:"0" help:"Time for one request as a whole, less once it is known how long answers take; 0: by the cap, 2m for 160 tokens."`
	MaxAttempts int               `default:"5" help:"Tries per pair."`
	Extra       map[string]string `help:"More fields of the request body, as JSON values: top_k=40." placeholder:"KEY=VALUE"`
	Batch       bool              `help:"Ask --endpoint through the provider's Batch API: cheaper, within a day. Those of --also are asked directly meanwhile. Later calls may go on with or without it."`
	BatchLines  int               `name:"batch-lines" default:"50000" help:"Requests of a batch at most."`
	BatchBytes  int64             `name:"batch-bytes" default:"100000000" help:"Bytes of a batch's file at most."`
	BatchWait   time.Duration     `name:"batch-wait" default:"0" help:"Wait so long for batches, then leave them running; 0: until they end."`
	ForgetBatch bool              `name:"forget-batches" help:"Give up the open batches of earlier calls: their requests are asked, and paid, again."`
	RetryFailed bool              `help:"Ask again for pairs that failed before."`
	MaxRequests positive          `help:"Stop at N requests, over all calls." placeholder:"N"`
	MaxTokens   positive          `help:"Stop before N tokens, prompts and answers, over all calls." placeholder:"N"`
	MaxCost     amount            `help:"Stop before this cost by --price or --prices, over all calls." placeholder:"COST"`
	Price       []string          `help:"Price of a million tokens: PROMPT,COMPLETION or PROMPT,COMPLETION,CACHED." placeholder:"P,C"`
	Prices      prices            `help:"Prices by model, used where --price is not given; a table in pcclip.yaml: prices: {MODEL: {prompt: 0.15, completion: 0.6, cached: 0.075}}." placeholder:"TABLE"`
	Metrics     string            `help:"Serve Prometheus metrics at this loopback address, such as 127.0.0.1:9464." placeholder:"ADDR"`
	JSON        bool              `name:"json" help:"Print the result as JSON."`
}

// ask gives the options that the flags stand for.
func (c *askFlags) ask() (o generate.Options, err error) {
	o = generate.DefaultOptions()
	o.Endpoint, o.Model, o.APIKeyEnv, o.Concurrency, o.MaxAttempts, o.RetryFailed = c.Endpoint, c.Model, c.APIKeyEnv, int(c.Concurrency), c.MaxAttempts, c.RetryFailed
	o.Temperature, o.TopP, o.MaxTokens, o.CapField, o.Timeout = c.Temperature, c.TopP, c.Cap, c.CapField, c.Timeout
	o.MostAtOnce, o.Outage, o.Seed = int(c.MostAtOnce), c.Outage, c.Seed
	o.Batches.On, o.Batches.Wait, o.Batches.Forget = c.Batch, c.BatchWait, c.ForgetBatch
	o.Batches.Limits.Lines, o.Batches.Limits.Bytes = c.BatchLines, c.BatchBytes
	o.Rates.Requests, o.Rates.Tokens, o.Rates.Input, o.Rates.Output = int64(c.RPM), int64(c.TPM), int64(c.InputTPM), int64(c.OutputTPM)
	if o.Others, err = c.others(); err != nil {
		return o, err
	}
	o.Budget = generate.Budget{Requests: int64(c.MaxRequests), Tokens: int64(c.MaxTokens), Cost: float64(c.MaxCost)}
	if o.Price, err = c.price(); err != nil {
		return o, err
	}
	o.Manifest.Tool = shards.Tool{Name: "pcclip", Version: version()}
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

// asked are the settings that are recorded in the run.
func (c *askFlags) asked() []rundir.Setting {
	seed := "none"
	if c.Seed != nil {
		seed = strconv.FormatInt(*c.Seed, 10)
	}
	return []rundir.Setting{
		{Key: "endpoint", Value: c.Endpoint},
		{Key: "concurrency", Value: int64(c.Concurrency)},
		{Key: "api_key_env", Value: c.APIKeyEnv},
		{Key: "model", Value: c.Model, Data: true},
		{Key: "temperature", Value: c.Temperature, Data: true},
		{Key: "top_p", Value: c.TopP, Data: true},
		{Key: "cap", Value: c.Cap, Data: true},
		{Key: "seed", Value: seed, Data: true},
		{Key: "extra", Value: c.Extra, Data: true},
	}
}

// report says what came of the call. It comes with an error too.
func (c *askFlags) report(e *env, r generate.Result, f *forecast) error {
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
	if n := r.Manifest.Truncated; n > 0 {
		fmt.Fprintf(e.stderr, "  accepted with more than %d CLIP tokens: %d; a text tower reads only the beginning (--rules strict rejects them)\n", shards.ClipContext, n)
	}
	for _, kind := range sortedNames(r.Troubles) {
		fmt.Fprintf(e.stderr, "  requests that failed, %s: %d\n", kind, r.Troubles[kind])
	}
	spent := fmt.Sprintf("spent over all calls: %d requests, %d prompt and %d answer tokens", r.Spend.Requests, r.Spend.Prompt, r.Spend.Completion)
	if n := r.Spend.Estimated; n > 0 {
		spent += fmt.Sprintf(" (%d of them estimated: they came without counts)", n)
	}
	if r.Spend.Cost > 0 {
		spent += fmt.Sprintf(", cost %.4f", r.Spend.Cost)
	}
	fmt.Fprintln(e.stderr, spent)
	if f != nil {
		fmt.Fprintln(e.stderr, f)
	}
	return nil
}
