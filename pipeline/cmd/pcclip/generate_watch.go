package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/pipeline/progress"
	"github.com/pcclip/pcclip/pipeline/sample"
	"github.com/pcclip/pcclip/shards/fault"
)

// status prints how a run stands, from the file that generate keeps.
func (c *generateCmd) status(e *env) error {
	s, err := generate.ReadStatus(c.Status)
	if err != nil {
		return err
	}
	if s.Running && syscall.Kill(s.Process, 0) == syscall.ESRCH {
		s.Running = false // it was killed
	}
	if c.JSON {
		return printJSON(e.stdout, s)
	}
	state := "ended"
	if s.Running {
		state = fmt.Sprintf("running as process %d", s.Process)
	}
	fmt.Fprintf(e.stdout, "%s, %s\n%s\n", state, s.Time.Local().Format(time.DateTime), s.Line())
	for _, name := range sortedNames(s.Reasons) {
		fmt.Fprintf(e.stdout, "  rejected %s: %d\n", name, s.Reasons[name])
	}
	for _, kind := range sortedNames(s.Troubles) {
		fmt.Fprintf(e.stdout, "  requests that failed, %s: %d\n", kind, s.Troubles[kind])
	}
	return nil
}

// watch answers SIGUSR1 with the status and serves metrics until stop is called.
func (c *askFlags) watch(e *env, bar *progress.GenerationBar) (stop func(), err error) {
	closeMetrics := func() {}
	if c.Metrics != "" {
		if closeMetrics, err = progress.ServeMetrics(c.Metrics, bar.Last); err != nil {
			return nil, err
		}
	}
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		defer close(done)
		for range signals {
			fmt.Fprintln(e.stderr, bar.Last().Line())
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
		<-done
		closeMetrics()
	}, nil
}

// priceOf reads the prices of a million tokens: of prompts, of answers, and of
// prompts from a cache.
func priceOf(texts []string) (generate.Price, error) {
	p := generate.Price{}
	to := []*float64{&p.Prompt, &p.Completion, &p.Cached}
	if n := len(texts); n != 2 && n != 3 {
		return p, fmt.Errorf("%d numbers", n)
	}
	for i, text := range texts {
		v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return p, fmt.Errorf("%q is no number", text)
		}
		*to[i] = v
	}
	return p, nil
}

// price gives the price of the run's model: the given one, else the table's, else
// zero.
func (c *askFlags) price() (p generate.Price, err error) {
	if len(c.Price) == 0 {
		return c.Prices[c.Model], nil
	}
	if p, err = priceOf(c.Price); err != nil {
		err = fault.Input("generate", "--price", "give PROMPT,COMPLETION or PROMPT,COMPLETION,CACHED", "%w", err)
	}
	return p, err
}

// forecast tells what the whole plan would take, by a pilot; nil without one.
func (c *generateCmd) forecast(plan *sample.Plan, r generate.Result, took time.Duration) *forecast {
	if c.Pilot == 0 || r.Manifest == nil {
		return nil
	}
	t := r.Manifest.Totals
	done := t.Accepted + t.Rejected
	if done == 0 {
		return nil
	}
	var total int64
	for _, split := range plan.Splits() {
		total += plan.Len(split) * int64(max(1, c.Replicates))
	}
	times := float64(total) / float64(done)
	grow := func(n int64) int64 { return int64(float64(n) * times) }
	f := &forecast{
		Pairs: total, AcceptRate: float64(t.Accepted) / float64(done), Accepted: grow(t.Accepted), Requests: grow(r.Spend.Requests),
		PromptTokens: grow(r.Spend.Prompt), CompletionTokens: grow(r.Spend.Completion), Cost: r.Spend.Cost * times,
	}
	if r.Requests > 0 { // an earlier call's time is not known
		f.Seconds = took.Seconds() * float64(r.Spend.Requests) / float64(r.Requests) * times
	}
	return f
}

// forecast is what the whole plan would take.
type forecast struct {
	Pairs            int64   `json:"pairs"`
	AcceptRate       float64 `json:"accept_rate"`
	Accepted         int64   `json:"accepted"`
	Requests         int64   `json:"requests"`
	PromptTokens     int64   `json:"prompt_tokens"`
	CompletionTokens int64   `json:"completion_tokens"`
	Cost             float64 `json:"cost"`
	Seconds          float64 `json:"seconds"` // 0: unknown, this call sent nothing
}

// String gives the forecast on one line.
func (f *forecast) String() string {
	line := fmt.Sprintf("of the pilot %.1f %% were accepted; all %d pairs would give about %d rows for %d requests, %d prompt and %d answer tokens",
		100*f.AcceptRate, f.Pairs, f.Accepted, f.Requests, f.PromptTokens, f.CompletionTokens)
	if f.Cost > 0 {
		line += fmt.Sprintf(", cost %.2f", f.Cost)
	}
	if f.Seconds > 0 {
		line += fmt.Sprintf(", in %s at this rate", time.Duration(f.Seconds*float64(time.Second)).Round(time.Second))
	}
	return line
}
