package generate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// lister is an asker that can tell what its endpoint serves.
type lister interface {
	Models(context.Context) ([]llm.Served, error)
}

// Models asks the endpoint what it serves.
func (a as) Models(ctx context.Context) ([]llm.Served, error) { return a.client.Models(ctx) }

// maxProbe bounds the wait for the endpoints' lists of models. One that gives
// none is asked all the same: its first answer decides.
const maxProbe = 3 * time.Second

// probe finds out about the endpoints before the first question: what they serve,
// which refuses one whose model cannot hold a question and its answer, and what
// they do with what they are told.
func (r *run) probe(ctx context.Context, open []*block) error {
	pair, err := r.plan.Pair(open[0].split, open[0].from)
	if err != nil {
		return fmt.Errorf("read pair %d of %s: %w", open[0].from, open[0].split, err)
	}
	_, question, err := r.key(pair)
	if err != nil {
		return err
	}
	if err := r.look(ctx, question); err != nil {
		return err
	}
	return r.interview(ctx)
}

// interview asks the endpoints a few small questions, all at a time.
func (r *run) interview(ctx context.Context) error {
	notes, err := r.store.Notes()
	if err != nil {
		return err
	}
	due := make([]*interview, len(r.remotes.all))
	var asking conc.WaitGroup
	for i, e := range r.remotes.all {
		if v := r.newInterview(e, notes); v != nil {
			due[i] = v
			asking.Go(func() { v.run(ctx) })
		}
	}
	asking.Wait()
	for i, v := range due {
		if v == nil {
			continue
		}
		if err := r.book(r.remotes.all[i], v); err != nil {
			return err
		}
	}
	return nil
}

// look asks the endpoints for their lists of models.
func (r *run) look(ctx context.Context, question llm.Request) error {
	ctx, cancel := context.WithTimeout(ctx, maxProbe)
	defer cancel()
	served := make([][]llm.Served, len(r.remotes.all))
	var asking conc.WaitGroup
	for i, e := range r.remotes.all {
		if at, ok := e.asker.(lister); ok {
			asking.Go(func() { served[i], _ = at.Models(ctx) })
		}
	}
	asking.Wait()
	for i, e := range r.remotes.all {
		if err := r.compare(e, served[i], question); err != nil {
			return err
		}
	}
	return nil
}

// compare holds a question against what an endpoint serves.
func (r *run) compare(e *remote, served []llm.Served, question llm.Request) error {
	if len(served) == 0 {
		return nil
	}
	var names []string
	for _, s := range served {
		if s.ID == e.model {
			return fits(e, s, question)
		}
		names = append(names, s.ID)
	}
	const shown = 5
	if len(names) > shown {
		names = append(names[:shown], fmt.Sprintf("%d others", len(served)-shown))
	}
	r.tell(func(p Progress) {
		p.Note(fmt.Sprintf("%s lists no model %q, only %s: it may refuse, or answer with one of these", e.url, e.model, strings.Join(names, ", ")))
	})
	return nil
}

// fits refuses a context that a question and its answer surely exceed, at six
// bytes a token.
func fits(e *remote, s llm.Served, question llm.Request) error {
	var prompt int64
	for _, m := range question.Messages {
		prompt += int64(len(m.Content)) / 6
	}
	if least := prompt + int64(question.MaxTokens); s.Context > 0 && least > s.Context {
		return fault.Input("reach endpoint", e.url, "lower --cap, or serve the model with a larger context",
			"the model %q reads and writes %d tokens at most, a question and the cap of its answer take %d at least", e.model, s.Context, least)
	}
	return nil
}
