package generate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/batch"
	"github.com/pcclip/pcclip/generate/check"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Result tells what one call of Run came to.
type Result struct {
	Manifest *shards.Manifest   // as written; nil where none was
	Requests int64              // sent by this call
	Reused   int64              // pairs that needed no request: answered in an earlier call, or with an equal pair
	Spend    Spend              // of all calls
	Troubles map[llm.Kind]int64 // requests of this call without a usable answer, by kind
}

// asker is the part of llm.Client that a run needs.
type asker interface {
	Ask(context.Context, llm.Request) (llm.Answer, error)
}

// pace holds the waits of a run.
type pace struct {
	first   time.Duration // the first retry comes within this
	longest time.Duration // no retry waits longer, but for a server's wish
	probe   time.Duration // the first request goes alone for so long
	trial   time.Duration // a request of an interview may take so long; 0: there are no interviews
	drain   time.Duration // requests in flight get so long after an interrupt
}

var usual = pace{first: 500 * time.Millisecond, longest: time.Minute, probe: 2 * time.Second, trial: 20 * time.Second, drain: 30 * time.Second}

// run is the state that the parts of one call share.
type run struct {
	o       Options
	plan    Plan
	prompt  prompts.Prompt
	rules   *check.Rules
	store   *answers.Store // nil in a replay
	source  source
	remotes *remotes
	desk    *batch.Desk
	post    *post                // nil where nothing is asked in batches
	gaveUp  map[answers.Key]bool // failed in this call
	pace    pace
	blocks  []*block // of the plan, as far as this call goes

	said     said // where the rules are distinct
	verdicts verdicts
	codec    shards.Codec // of the shards, one after another
	ledger   *ledger
	reporter reporter
	judges   *judgements // of a judge whose rejections count; nil for none
	probed   bool        // the endpoints were asked what they serve

	mu       sync.Mutex // guards what follows, and serialises progress
	progress Progress
	told     told
	reasons  map[string]int64   // why pairs were rejected
	records  map[string]*record // of the written blocks, by name
	result   Result
}

// Run asks about the pairs of the plan until every one is settled, and writes
// shards and manifest. It may be called again on the same folder after any end
// and goes on from there; two calls at a time are refused.
//
// Errors are faults: Usage for bad settings, a folder in use, a damaged store
// or an endpoint that is none; Incomplete where pairs failed or are still
// pending; Interrupted where ctx ended. After the last two the manifest is
// written all the same. Result holds what there is, with an error too.
// A nil Progress hears nothing.
//
// A written shard stays as it is, with three exceptions: its file is damaged or
// gone; RetryFailed, where some of its pairs had failed; more Pairs or Rows,
// where it was the last of its split and not full. It is then written anew from the
// stored answers.
func Run(ctx context.Context, o Options, plan Plan, p Progress) (Result, error) {
	if err := o.Validate(); err != nil {
		return Result{}, err
	}
	remotes, disconnect, err := connect(o)
	if err != nil {
		return Result{}, err
	}
	defer disconnect()
	return runAt(ctx, o, plan, p, remotes, usual)
}

func runAt(ctx context.Context, o Options, plan Plan, p Progress, remotes *remotes, pace pace) (Result, error) {
	if p == nil {
		p = silent{}
	}
	r := &run{
		o: o, plan: Replicated(plan, o.Replicates), progress: p, remotes: remotes, pace: pace,
		result: Result{Troubles: map[llm.Kind]int64{}}, reasons: map[string]int64{}, gaveUp: map[answers.Key]bool{},
	}
	if err := r.prepare(); err != nil {
		return Result{}, err
	}
	var err error
	if r.store, err = answers.Open(r.file("answers.db")); err != nil {
		return Result{}, fault.Paused("generate", o.RunDir, err)
	}
	r.source = live{r.store}
	err = r.work(ctx)
	if closeErr := r.store.Close(); err == nil {
		err = closeErr
	}
	return r.result, fault.Paused("generate", o.RunDir, err)
}

// told is what progress has heard.
type told struct{ planned, accepted, rejected, failed int64 }

// settled tells progress of pairs that came to their end; the caller holds mu.
func (r *run) settled(accepted, rejected, failed int64) {
	r.told.accepted, r.told.rejected, r.told.failed = r.told.accepted+accepted, r.told.rejected+rejected, r.told.failed+failed
	r.progress.Settled(accepted, rejected, failed)
}

// prepare reads what the settings name; it writes nothing.
func (r *run) prepare() error {
	var err error
	if r.prompt, err = prompts.Load(r.o.Prompt); err != nil {
		return err
	}
	if r.rules, err = rulesOf(r.o.Rules, r.prompt); err != nil {
		return err
	}
	if _, ok := r.plan.(*Accepted); ok != (r.prompt.Form == prompts.Judge) {
		return fault.Input("read settings", "prompt", "judge rows with pcclip judge, and ask for texts with pcclip generate", "%s does not fit the plan", r.prompt.ID)
	}
	if r.prompt.Form == prompts.Rewrite && !r.rules.Captions() {
		return fault.Input("read settings", "rules", "give --rules caption, or a file that extends it", "%s asks for captions, %s judges differences", r.prompt.ID, r.rules.Version())
	}
	if err := errors.Join(r.pictured(), checkPlan(r.plan)); err != nil {
		return err
	}
	if info, err := os.Stat(r.o.RunDir); err != nil || !info.IsDir() {
		return fault.Input("open run", r.o.RunDir, "make it with pcclip sample", "no such folder")
	}
	return r.orphans()
}

// rulesOf gives the rules for the answers to a prompt. A judge has none.
func rulesOf(name string, p prompts.Prompt) (*check.Rules, error) {
	if p.Form == prompts.Judge {
		return check.NoRules(judgeRules), nil
	}
	return check.Load(name)
}

// work does what is left to do, in rounds: with a goal of rows nobody knows
// beforehand how many answers the rules let pass, and batches come back in the
// middle of a round.
func (r *run) work(ctx context.Context) error {
	if err := r.resume(); err != nil {
		return err
	}
	err := r.handOver(ctx)
	for more := true; err == nil && more; {
		more, err = r.round(ctx)
	}
	if err != nil && !worthManifest(err) {
		return err
	}
	r.result.Spend = r.ledger.spent()
	if e := r.ledger.note(); e != nil {
		return e
	}
	if e := r.writeManifest(); e != nil {
		return e
	}
	if err == nil {
		err = r.missing()
	}
	return err
}

// round asks until every pair of the blocks is settled, or a batch comes back.
// more tells that there is another round to do.
func (r *run) round(ctx context.Context) (more bool, err error) {
	r.said = said{} // a block that goes on is read anew, and all after it
	open := r.open()
	if len(open) > 0 && !r.probed {
		if err := r.probe(ctx, open); err != nil {
			return false, err
		}
		r.probed = true
	}
	s := newScheduler(r, open)
	again := false
	switch {
	case r.o.batchesOnly():
		err = r.post.under(s).run(ctx)
		if err == nil || worthManifest(err) {
			err = cmp.Or(err, s.run(ctx))
		}
	case r.remotes.mailed != nil:
		again, err = r.post.under(s).beside(ctx)
	default:
		err = s.run(ctx)
	}
	r.result.Requests += s.requests
	r.result.Reused += s.reused
	if err != nil {
		return false, err
	}
	if again {
		return true, r.aim()
	}
	return r.extend(), nil
}

// missing gives the error of a run that is through and lacks rows.
func (r *run) missing() error {
	incomplete := func(err error, hint string) error {
		return &fault.Error{Op: "generate", Where: r.o.RunDir, Err: err, Hint: hint, Code: fault.Incomplete}
	}
	t := r.result.Manifest.Totals
	switch {
	case t.Failed > 0:
		return incomplete(failures(r.result.Manifest), "run the same command with --retry-failed to ask again")
	case t.Pending > 0:
		return incomplete(fmt.Errorf("%d pairs are pending", t.Pending), "the same command goes on")
	case r.o.Rows > 0 && t.Accepted < r.o.Rows:
		return incomplete(fmt.Errorf("%d rows of %d: the plan has no more pairs", t.Accepted, r.o.Rows), "sample more pairs into another run")
	}
	return nil
}

// worthManifest tells whether a run that ended with err has something to report.
func worthManifest(err error) bool {
	code := fault.ExitCode(err)
	return code == fault.Incomplete || code == fault.Interrupted
}

func (r *run) key(p shards.Pair) (answers.Key, llm.Request, error) {
	q := r.o.request(r.prompt, p)
	q.Seed = r.o.seed(p.Replicate)
	k, err := Key(r.prompt.SHA256, q, p.Replicate)
	return k, q, err
}

// tell runs f with the progress; the calls come one at a time.
func (r *run) tell(f func(Progress)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r.progress)
}
