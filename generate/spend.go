package generate

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Spend is what a run has used, over all its calls.
type Spend struct {
	Requests   int64   `json:"requests"` // sent, answered or not
	Prompt     int64   `json:"prompt_tokens"`
	Cached     int64   `json:"cached_tokens"` // of the prompt tokens
	Completion int64   `json:"completion_tokens"`
	Estimated  int64   `json:"estimated_tokens,omitempty"` // of all these, for answers that came without counts
	Cost       float64 `json:"cost"`                       // by Options.Price, that of estimates by the dearest endpoint's
}

// Price is what a million tokens cost, in any currency. Cached 0 means that
// cached tokens cost what others do.
type Price struct{ Prompt, Completion, Cached float64 }

func (p Price) cost(prompt, cached, completion int64) float64 {
	reduced := p.Cached
	if reduced == 0 {
		reduced = p.Prompt
	}
	// Each product is rounded by itself, on every machine.
	return (float64(float64(prompt-cached)*p.Prompt) + float64(float64(cached)*reduced) + float64(float64(completion)*p.Completion)) / 1e6
}

// Budget bounds what a run may spend over all its calls; 0 bounds nothing.
type Budget struct {
	Requests int64
	Tokens   int64 // prompt and completion
	Cost     float64
}

func (o Options) validateBudget() error {
	switch {
	case o.Budget.Requests < 0 || o.Budget.Tokens < 0 || !(o.Budget.Cost >= 0) || math.IsInf(o.Budget.Cost, 1):
		return fault.Input("read settings", "budget", "give --max-requests, --max-tokens and --max-cost above 0", "%d requests, %d tokens, cost %v", o.Budget.Requests, o.Budget.Tokens, o.Budget.Cost)
	case o.Budget.Cost == 0:
		return nil
	}
	prices := map[string]Price{}
	for _, e := range o.endpoints() {
		if e.Price == (Price{}) {
			return fault.Input("read settings", "max cost", "give its price: --price, or prices in pcclip.yaml", "a bound on costs without a price of %s", e.URL)
		}
		if at, known := prices[e.URL]; known && at != e.Price {
			return fault.Input("read settings", "price", "give one price for each URL", "%s has two", e.URL)
		}
		prices[e.URL] = e.Price
	}
	return nil
}

func (p Price) validate() error {
	for _, f := range []float64{p.Prompt, p.Completion, p.Cached} {
		if !(f >= 0) || math.IsInf(f, 1) {
			return fault.Input("read settings", "price", "give the price of a million tokens: PROMPT,COMPLETION or PROMPT,COMPLETION,CACHED", "%+v", p)
		}
	}
	return nil
}

// dearest gives a price that none of the endpoints exceeds.
func (o Options) dearest() (p Price) {
	for _, e := range o.endpoints() {
		p.Prompt, p.Completion = max(p.Prompt, e.Price.Prompt), max(p.Completion, e.Price.Completion)
	}
	return p
}

// costOf gives what the recorded answers cost, for the manifest: a run that was
// interrupted gets the same as one that was not. It is nil where no price is
// known, and where endpoints differ in it: who answered which pair is chance.
func (o Options) costOf(t shards.Tokens) *shards.Cost {
	for _, e := range o.endpoints() {
		if e.Price != o.Price || e.Price == (Price{}) {
			return nil
		}
	}
	p := o.Price
	return &shards.Cost{Prompt: p.Prompt, Completion: p.Completion, Cached: p.Cached, Total: math.Round(p.cost(t.Prompt, t.Cached, t.Completion)*1e6) / 1e6}
}

// PriceOf gives the price by which a manifest tells costs, zero where it does not.
func PriceOf(m *shards.Manifest) Price {
	if m.Cost == nil {
		return Price{}
	}
	return Price{Prompt: m.Cost.Prompt, Completion: m.Cost.Completion, Cached: m.Cost.Cached}
}

// ledger keeps what a run has spent, and what its requests in flight may still
// spend. It belongs to the scheduler's goroutine.
type ledger struct {
	budget Budget
	price  Price
	most   Price            // of the dearest endpoint
	prices map[string]Price // of the endpoints whose price is another one
	others []string         // their URLs
	store  *answers.Store   // knows the tokens, of earlier calls too
	sent   int64            // requests, of earlier calls too
	guess  reserve          // for answers that came without token counts, of earlier calls too
	noted  spendings        // what the store remembers
	open   reserve          // by requests in flight
	unread answers.Tokens   // of answers that the store has not committed yet
}

// reserve is what a request spends at most.
type reserve struct{ prompt, completion int64 }

const spendNote = "spend"

// spendings is what no stored answer tells. It is noted about once a second:
// a process that is killed forgets what it sent and guessed since.
type spendings struct {
	Requests   int64 `json:"requests"`
	Prompt     int64 `json:"estimated_prompt_tokens,omitempty"`
	Completion int64 `json:"estimated_completion_tokens,omitempty"`
}

func newLedger(o Options, at *remotes, store *answers.Store, note []byte) (*ledger, error) {
	l := &ledger{budget: o.Budget, price: o.Price, most: o.dearest(), prices: map[string]Price{}, store: store}
	for i, e := range o.endpoints() {
		if _, known := l.prices[at.all[i].url]; !known && e.Price != o.Price {
			l.prices[at.all[i].url] = e.Price
			l.others = append(l.others, at.all[i].url)
		}
	}
	if len(l.others) > 0 {
		if err := store.SpendByEndpoint(); err != nil {
			return nil, err
		}
	}
	if note != nil {
		if err := json.Unmarshal(note, &l.noted); err != nil {
			return nil, fmt.Errorf("read what was spent: %w", err)
		}
	}
	l.sent, l.guess = max(l.noted.Requests, store.Rows()), reserve{l.noted.Prompt, l.noted.Completion}
	return l, nil
}

// bytesPerToken is what a token has at least, on average.
const bytesPerToken = 3

// estimate bounds what a request will use.
func estimate(r llm.Request) reserve {
	e := reserve{completion: int64(r.MaxTokens)}
	for _, m := range r.Messages {
		e.prompt += int64(len(m.Content))/bytesPerToken + 8 + imageTokens*int64(len(m.Images))
	}
	return e
}

// uncounted books the tokens of an answer that does not tell them: its prompt by
// the estimate, what was said and thought by its length.
func (l *ledger) uncounted(a llm.Answer, prompt int64) {
	made := len(a.Text) + len(a.Reasoning)
	if a.Status/100 != 2 || made == 0 {
		return
	}
	if a.Usage.Prompt == nil {
		l.guess.prompt += prompt
	}
	if a.Usage.Completion == nil {
		l.guess.completion += int64(made)/bytesPerToken + 1
	}
}

// spent gives the state of the books, without what is in flight.
func (l *ledger) spent() Spend {
	t := l.store.Spent()
	s := Spend{Requests: l.sent, Prompt: t.Prompt, Cached: t.Cached, Completion: t.Completion}
	for _, url := range l.others {
		at := l.store.SpentAt(url)
		s.Cost += l.prices[url].cost(at.Prompt, at.Cached, at.Completion)
		t.Prompt, t.Cached, t.Completion = t.Prompt-at.Prompt, t.Cached-at.Cached, t.Completion-at.Completion
	}
	s.Cost += l.price.cost(t.Prompt, t.Cached, t.Completion) + l.most.cost(l.guess.prompt, 0, l.guess.completion)
	s.Prompt, s.Completion, s.Estimated = s.Prompt+l.guess.prompt, s.Completion+l.guess.completion, l.guess.prompt+l.guess.completion
	return s
}

// allows says which bound one more request would break.
func (l *ledger) allows(e reserve) error {
	s := l.spent()
	prompt, completion := l.open.prompt+l.unread.Prompt+e.prompt, l.open.completion+l.unread.Completion+e.completion
	switch {
	case l.budget.Requests > 0 && s.Requests+1 > l.budget.Requests:
		return fmt.Errorf("all of --max-requests %d are sent", l.budget.Requests)
	case l.budget.Tokens > 0 && s.Prompt+s.Completion+prompt+completion > l.budget.Tokens:
		return fmt.Errorf("%d tokens are used, and the next request could exceed --max-tokens %d", s.Prompt+s.Completion, l.budget.Tokens)
	case l.budget.Cost > 0 && s.Cost+l.most.cost(prompt, 0, completion) > l.budget.Cost:
		return fmt.Errorf("%.4f is spent, and the next request could exceed --max-cost %v", s.Cost, l.budget.Cost)
	}
	return nil
}

// ample tells that the budget leaves room for requests that are about no pair.
func (l *ledger) ample() bool {
	const trials = 100
	return l.allows(reserve{prompt: trials * 200, completion: trials * 100}) == nil && (l.budget.Requests == 0 || l.sent+trials <= l.budget.Requests)
}

// take books a request that is about to be sent.
func (l *ledger) take(e reserve) {
	l.sent++
	l.open.prompt, l.open.completion = l.open.prompt+e.prompt, l.open.completion+e.completion
}

// back books a request that came to its end.
func (l *ledger) back(e reserve) {
	l.open.prompt, l.open.completion = l.open.prompt-e.prompt, l.open.completion-e.completion
}

// undo books requests that were taken and never sent.
func (l *ledger) undo(n int, e reserve) {
	l.sent -= int64(n)
	l.back(e)
}

// handed and kept bracket the time between an answer's coming and its commit.
func (l *ledger) handed(u llm.Usage) { l.pending(u, 1) }
func (l *ledger) kept(u llm.Usage)   { l.pending(u, -1) }

func (l *ledger) pending(u llm.Usage, sign int64) {
	if u.Prompt != nil {
		l.unread.Prompt += sign * *u.Prompt
	}
	if u.Completion != nil {
		l.unread.Completion += sign * *u.Completion
	}
}

// note keeps for the next call what no answer tells.
func (l *ledger) note() error {
	now := spendings{l.sent, l.guess.prompt, l.guess.completion}
	if l.noted == now {
		return nil
	}
	doc, err := json.Marshal(now)
	if err != nil {
		return fmt.Errorf("write what was spent: %w", err)
	}
	if err := l.store.Note(spendNote, doc); err != nil {
		return err
	}
	l.noted = now
	return nil
}
