package generate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

// speaker is an asker whose dialect can be set.
type speaker interface {
	asker
	Dialect() llm.Dialect
	Prefer(llm.Dialect)
}

// Dialect gives how the endpoint is told things.
func (a as) Dialect() llm.Dialect { return a.client.Dialect() }

// Prefer sets how the endpoint is told things.
func (a as) Prefer(d llm.Dialect) { a.client.Prefer(d) }

// interview finds out by a few small requests what an endpoint does with what it
// is told: servers take a cap, a schema or a seed and drop it without a word.
type interview struct {
	o      Options
	schema bool // the run's answers are JSON
	at     speaker
	wait   time.Duration // for one request

	asked []finish // what was asked, to be stored and booked
	notes []string
	fault error // why the endpoint cannot be used with these settings
}

// The tests of an interview. The cap is short enough that no answer to a trial
// ends by itself before it.
const (
	trialCap  = 8
	shapeTest = `{"type":"object","properties":{"difference":{"type":"string"}},"required":["difference"],"additionalProperties":false}`
)

// errSilent ends an interview: the endpoint gives no answer, which the first
// question about a pair will show.
var errSilent = errors.New("no answer")

// run asks what the settings make worth asking.
func (v *interview) run(ctx context.Context) {
	for _, test := range []struct {
		due bool
		run func(context.Context) error
	}{
		{v.o.MaxTokens > 0, v.cap},
		{v.o.MaxTokens == 0, v.hear},
		{v.schema, v.shape},
		{v.o.Seed != nil && v.o.Temperature > 0, v.seed},
	} {
		if test.due && v.fault == nil && test.run(ctx) != nil {
			return
		}
	}
}

// ask sends a trial question with changes. An answer counts whatever it is.
func (v *interview) ask(ctx context.Context, change func(*llm.Request)) (llm.Answer, error) {
	p, q, err := v.o.trial()
	if err != nil {
		return llm.Answer{}, err
	}
	change(&q)
	f := finish{task: &task{request: q, trial: true}}
	if f.task.key, err = Key(p.SHA256, q, len(v.asked)); err != nil {
		return llm.Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, v.wait)
	defer cancel()
	f.answer, err = v.at.Ask(ctx, q)
	f.received = time.Now()
	if err != nil && !errors.As(err, &f.err) {
		return llm.Answer{}, err
	}
	_, f.outcome = standing(f.answer, f.err, q.MaxTokens)
	v.asked = append(v.asked, f)
	if f.answer.Status/100 != 2 || f.err != nil && f.err.Kind == llm.Malformed {
		return f.answer, errSilent
	}
	return f.answer, nil
}

// cap finds the field that bounds an answer.
func (v *interview) cap(ctx context.Context) error {
	short := func(q *llm.Request) { q.MaxTokens, q.Seed = trialCap, nil }
	before := v.at.Dialect()
	a, err := v.ask(ctx, short)
	if err != nil {
		return err
	}
	v.thinks(a)
	if !beyond(a) {
		return nil
	}
	other := before
	if other.CapField = llm.MaxTokens; a.CapField == llm.MaxTokens {
		other.CapField = llm.MaxCompletionTokens
	}
	v.at.Prefer(other)
	b, err := v.ask(ctx, short)
	bound := err == nil && b.CapField == other.CapField && !beyond(b)
	switch {
	case bound && v.o.CapField != llm.CapAuto:
		v.fault = fmt.Errorf("the endpoint ignores the cap in %s, and takes it in %s", a.CapField, other.CapField)
	case bound:
		v.say("ignores the cap of an answer in %s; it is sent as %s", a.CapField, other.CapField)
		return nil
	default:
		v.say("ignores the cap of an answer: one of %s came where %d tokens were allowed; answers that reach the cap of %d by its own count are rejected", length(a), trialCap, v.o.MaxTokens)
	}
	v.at.Prefer(before)
	if err != nil && b.Status/100 != 4 { // a refusal of the other field says nothing against the endpoint
		return err
	}
	return nil
}

// hear asks once, where no cap is to be tested: for what an answer tells.
func (v *interview) hear(ctx context.Context) error {
	a, err := v.ask(ctx, func(q *llm.Request) { q.Seed = nil })
	v.thinks(a)
	return err
}

// thinks tells that an answer was thought over.
func (v *interview) thinks(a llm.Answer) {
	if a.Reasoning == "" {
		return
	}
	within := ""
	if v.o.MaxTokens > 0 {
		within = fmt.Sprintf(", within the cap of %d tokens", v.o.MaxTokens)
	}
	v.say("thinks before it answers%s; where the model has a switch, such as --extra 'chat_template_kwargs={\"enable_thinking\":false}', turn it off", within)
}

// beyond tells that an answer went on where it should have been cut: it has more
// words than it may have tokens, or the server's own count says so.
func beyond(a llm.Answer) bool {
	if n := a.Usage.Completion; n != nil && *n > 2*trialCap && a.Reasoning == "" {
		return true
	}
	return len(strings.Fields(a.Text)) > trialCap
}

func length(a llm.Answer) string {
	if n := a.Usage.Completion; n != nil {
		return fmt.Sprintf("%d tokens", *n)
	}
	return fmt.Sprintf("%d words", len(strings.Fields(a.Text)))
}

// shape finds the strictest way to ask for JSON that the endpoint keeps to. The
// question asks for a plain sentence, so that only the schema makes it JSON.
func (v *interview) shape(ctx context.Context) error {
	for v.at.Dialect().Form != "" {
		a, err := v.ask(ctx, func(q *llm.Request) {
			q.Schema, q.Seed = json.RawMessage(shapeTest), nil
			if v.at.Dialect().Form == "json_object" { // some servers refuse to speak JSON unless told in words
				q.Messages[0].Content += "\nAnswer with one JSON object."
			}
		})
		if err != nil {
			return err
		}
		if a.Form == "" || isObject(a.Text) || strings.TrimSpace(a.Text) == "" {
			return nil
		}
		next, ok := llm.Looser(a.Form)
		if !ok {
			return nil
		}
		v.say("ignores %s: %q came instead of an object", a.Form, cut(a.Text))
		v.at.Prefer(llm.Dialect{CapField: a.CapField, Form: next})
	}
	return nil
}

func isObject(text string) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal([]byte(text), &object) == nil
}

func cut(text string) string {
	const most = 40
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "..."
	}
	return text
}

// seed asks twice with one seed and once with another, hot enough for chance to
// show.
func (v *interview) seed(ctx context.Context) error {
	var said []string
	for _, add := range []int64{0, 0, 1} {
		a, err := v.ask(ctx, func(q *llm.Request) {
			seed, hot := *v.o.Seed+add, max(v.o.Temperature, 1)
			q.Seed, q.Temperature = &seed, &hot
		})
		if err != nil {
			return err
		}
		said = append(said, a.Text)
	}
	switch {
	case strings.TrimSpace(said[0]+said[1]+said[2]) == "":
	case said[0] != said[1]:
		v.say("does not keep to --seed: the same question with the same seed gave two answers; the texts of this run cannot be had again from it")
	case said[0] == said[2]:
		v.say("gave the same answer for two seeds at temperature %v: --seed, or --temperature, makes no difference there", max(v.o.Temperature, 1))
	}
	return nil
}

func (v *interview) say(format string, args ...any) {
	v.notes = append(v.notes, fmt.Sprintf(format, args...))
}

// heard is what an interview found, kept with the answers.
type heard struct {
	At      time.Time   `json:"at"`
	Dialect llm.Dialect `json:"dialect"`
	Asked   string      `json:"asked"` // the settings that it depends on
}

// interviewNote begins the names of the notes, the endpoint's URL ends them.
const interviewNote = "interview/"

// freshFor is how long an interview counts: a server may be exchanged.
const freshFor = time.Hour

// depends names the settings that decide what is asked in an interview.
func (r *run) depends(e *remote) string {
	return fmt.Sprintf("%s cap %v %s, schema %v, seed %v %v", e.model, r.o.MaxTokens > 0, r.o.CapField, r.prompt.Schema() != nil, r.o.Seed != nil, r.o.Temperature > 0)
}

// newInterview gives the interview of an endpoint, nil where none is due.
func (r *run) newInterview(e *remote, notes map[string][]byte) *interview {
	at, ok := e.asker.(speaker)
	if !ok || r.pace.trial == 0 || !r.ledger.ample() {
		return nil
	}
	var h heard
	if json.Unmarshal(notes[interviewNote+e.url], &h) == nil && h.Asked == r.depends(e) && time.Since(h.At) < freshFor {
		at.Prefer(h.Dialect)
		return nil
	}
	return &interview{o: r.o, schema: r.prompt.Schema() != nil, at: at, wait: r.pace.trial}
}

// book stores and books what an interview asked, and tells what it found.
func (r *run) book(e *remote, v *interview) error {
	r.result.Requests += int64(len(v.asked))
	r.ledger.sent += int64(len(v.asked))
	answered := false
	for _, f := range v.asked {
		r.ledger.uncounted(f.answer, estimate(f.task.request).prompt)
		if f.answer.Status/100 == 2 {
			if line := e.notices.uncounted(f.answer); line != "" {
				v.say("%s", line)
			}
			answered = true
			f.ticket.remote = e
			r.store.Append(f.stored(answers.Passing), func(error) {}) // an error comes back from the note
		}
	}
	for _, line := range v.notes {
		r.tell(func(p Progress) { p.Note(e.url + " " + line) })
	}
	if v.fault != nil {
		return fault.Input("reach endpoint", e.url, "leave --cap-field out", "%w", v.fault)
	}
	if !answered {
		return nil
	}
	doc, err := json.Marshal(heard{At: time.Now(), Dialect: v.at.Dialect(), Asked: r.depends(e)})
	if err != nil {
		return fmt.Errorf("write what an endpoint does: %w", err)
	}
	return errors.Join(r.store.Note(interviewNote+e.url, doc), r.ledger.note())
}
