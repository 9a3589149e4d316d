package generate

import (
	"context"
	"fmt"
	"time"

	"github.com/pcclip/pcclip/generate/batch"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// Batches says whether and how a run asks through a provider's Batch API. What
// is asked, and what becomes of an answer, stays the same: a run may change
// between the two ways from call to call.
type Batches struct {
	On     bool          // ask in batches
	Wait   time.Duration // for batches, in this call; 0: until they end
	Forget bool          // give up the open batches of earlier calls: their requests are asked, and paid, again
	Limits batch.Options
}

func (o Options) validateBatches() error {
	switch {
	case o.Batches.On && len(o.Others) > 0:
		return fault.Input("read settings", "batch", "leave --also out, or --batch", "batches go to one endpoint, and %d more are given", len(o.Others))
	case o.Batches.Wait < 0:
		return fault.Input("read settings", "batch wait", "give a time such as 30m, or 0 to wait until the end", "%v", o.Batches.Wait)
	}
	return o.Batches.Limits.Validate()
}

// batchFile is where requests are written before they are sent.
const batchFile = ".batch.jsonl"

// mailer is an endpoint that takes batches.
type mailer interface {
	batch.Provider
	BatchLine(id string, r llm.Request) ([]byte, error)
}

// mailer gives the endpoint as one for batches; nil where it is none.
func (e *remote) mailer() mailer {
	switch a := e.asker.(type) {
	case as:
		return a.client
	case mailer:
		return a
	}
	return nil
}

// openDesk takes up the batches of earlier calls, and books what they may cost.
func (r *run) openDesk(notes map[string][]byte) error {
	var provider batch.Provider
	if m := r.remotes.all[0].mailer(); m != nil {
		provider = m
	}
	var err error
	r.desk, err = batch.Open(r.o.Batches.Limits, provider, r.store, notes, r.file(batchFile), func(line string) {
		r.tell(func(p Progress) { p.Note(line) })
	})
	if err != nil {
		return err
	}
	for _, b := range r.desk.Open() {
		r.ledger.open.prompt += b.Tokens.Prompt
		r.ledger.open.completion += b.Tokens.Completion
	}
	return nil
}

// handOver sees to the open batches of earlier calls. A call that asks in
// batches goes on with them. Any other one cancels them, keeps what they have
// answered, and asks for the rest: no request is in two places at once.
func (r *run) handOver(ctx context.Context) error {
	open := r.desk.Open()
	if len(open) == 0 {
		return nil
	}
	if r.o.Batches.Forget {
		n, err := r.desk.Forget()
		r.tell(func(p Progress) { p.Note(fmt.Sprintf("%d requests in %d batches are given up", n, len(open))) })
		r.ledger.open = reserve{}
		return err
	}
	for _, b := range open {
		if at := r.remotes.all[0].url; b.Endpoint != at {
			return fault.Input("generate", r.o.RunDir, "give --endpoint "+b.Endpoint+", or pay again for what is in them with --forget-batches",
				"%d batches are open at %s, not at %s", len(open), b.Endpoint, at)
		}
	}
	if r.o.Batches.On {
		return nil
	}
	r.tell(func(p Progress) {
		p.Note(fmt.Sprintf("without --batch the %d open batches are cancelled; what they have answered is kept", len(open)))
	})
	return newPost(newScheduler(r, nil)).recall(ctx)
}
