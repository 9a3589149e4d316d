package generate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pcclip/pcclip/generate/batch"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// Batches says whether and how a run asks through a provider's Batch API. What
// is asked, and what becomes of an answer, stays the same: a run may change
// between the two ways from call to call.
type Batches struct {
	On     bool          // ask Options.Endpoint in batches; see Endpoint.Batch for the others
	Wait   time.Duration // for batches, in this call; 0: until they end
	Forget bool          // give up the open batches of earlier calls: their requests are asked, and paid, again
	Limits batch.Options
}

func (o Options) validateBatches() error {
	n := 0
	for _, e := range o.endpoints() {
		if e.Batch {
			n++
		}
	}
	switch {
	case n > 1:
		return fault.Input("read settings", "batch", "ask one of them in batches, the others directly", "batches go to one endpoint, and %d are given", n)
	case o.Batches.Wait < 0:
		return fault.Input("read settings", "batch wait", "give a time such as 30m, or 0 to wait until the end", "%v", o.Batches.Wait)
	}
	return o.Batches.Limits.Validate()
}

// batchesOnly tells that the run has one endpoint, which is asked in batches.
func (o Options) batchesOnly() bool { return o.Batches.On && len(o.Others) == 0 }

// batchesBeside tells that one of several endpoints is asked in batches.
func (o Options) batchesBeside() bool {
	return len(o.Others) > 0 && slices.ContainsFunc(o.endpoints(), func(e Endpoint) bool { return e.Batch })
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
	var err error
	r.desk, err = batch.Open(r.o.Batches.Limits, r.store, notes, r.file(batchFile), func(line string) {
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
	if r.o.Batches.Forget {
		n, err := r.desk.Forget()
		if n > 0 {
			r.tell(func(p Progress) { p.Note(fmt.Sprintf("%d requests in %d batches are given up", n, len(open))) })
		}
		if r.ledger.open = (reserve{}); err != nil {
			return err
		}
		open = nil
	}
	at := r.remotes.mailed
	for _, b := range open {
		if at == nil {
			at = r.remotes.named(b.Endpoint)
		}
		if at == nil || b.Endpoint != at.url {
			return fault.Input("generate", r.o.RunDir, "give --endpoint "+b.Endpoint+", or pay again for what is in them with --forget-batches",
				"%d batches are open at %s, not at %s", len(open), b.Endpoint, cmp.Or(at, r.remotes.all[0]).url)
		}
	}
	if at == nil {
		return nil
	}
	box := at.mailer()
	r.desk.Through(box)
	r.post = newPost(r, at, box)
	if r.remotes.mailed != nil || len(open) == 0 {
		return nil
	}
	r.tell(func(p Progress) {
		p.Note(fmt.Sprintf("without --batch the %d open batches are cancelled; what they have answered is kept", len(open)))
	})
	return r.post.under(newScheduler(r, nil)).recall(ctx)
}
