package check

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pcclip/pcclip/shards/fault"
)

// Verdict is what becomes of one answer.
type Verdict struct {
	// Text is the difference: the cleaned text of an accepted answer, the
	// answer as it came of a rejected one.
	Text string
	// Repairs names what was changed, in the order of Repairs(); empty for a
	// rejected answer.
	Repairs []string
	// Reason names why the answer is rejected; "" means accepted.
	Reason string
}

// Accepted tells whether the answer becomes a row of the data set.
func (v Verdict) Accepted() bool { return v.Reason == "" }

// Rules is one named rule set. It is immutable and safe for concurrent use.
type Rules struct {
	version  string
	source   []byte // of the file that they are from
	drops    []rule // looked for in the answer and again in the cleaned text
	cuts     []rule
	cleaners []cleaner
	limits   limits
	asks     []ask // of the cleaned text, in its context
	captions bool  // for captions of one image, not for differences

	turned                   bool // a reversed text must not call the images as the text does
	duplicate, nearDuplicate bool // texts said before are rejected too, word for word or nearly
}

// rule finds one fault in a text: at gives its byte offset, -1 where there is none.
type rule struct {
	name string
	at   func(string) int
	// needs spares the search: an ASCII text that has none of these, in any
	// case, has not the fault. None means: always search.
	needs []string
}

// find gives the byte offset of the fault in text, whose lower case is in low.
func (r *rule) find(text string, low *sieve) int {
	if len(r.needs) > 0 && !slices.ContainsFunc(r.needs, low.has) {
		return -1
	}
	return r.at(text)
}

// cleaner changes a text; it never makes it longer.
type cleaner struct {
	name  string
	apply func(string) string
}

// ask is a question to a cleaned text that may need to know more than the text.
// Where the context lacks what it needs, the text does not fail.
type ask struct {
	name  string
	fails func(c Context, text string) bool
}

// tooShort is the reason of a text that the rules leave with too few characters.
const tooShort = "too_short"

// sets are the built-in rule sets.
var sets = map[string]*Rules{"paper": paper(paperLimits()), "strict": strict(strictLimits()), "caption": caption(strictLimits()), "none": none(noLimits())}

// none accepts every text that is not blank: for the ablation of unfiltered texts.
func none(l limits) *Rules {
	return &Rules{version: "none/1", limits: l, cleaners: []cleaner{{"trim", strings.TrimSpace}}}
}

// Names lists the rule sets, sorted.
func Names() []string {
	var out []string
	for name := range sets {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Get gives a rule set by name. An unknown name is a fault that names the known ones.
func Get(name string) (*Rules, error) {
	if r, ok := sets[name]; ok {
		return r, nil
	}
	return nil, fault.Input("read rules", name, builtIn()+"; or give the path of a YAML file", "no such rule set")
}

// NoRules accepts everything, under a version of its own: for texts that are not
// judged by rules.
func NoRules(version string) *Rules { return &Rules{version: version} }

// Version names the rule set and its revision. It changes whenever a text could
// get another verdict.
func (r *Rules) Version() string { return r.version }

// Reasons of a text that the run has accepted before, word for word or nearly.
const (
	Duplicate     = "duplicate"
	NearDuplicate = "near_duplicate"
)

// Distinct tells whether a run must reject duplicates, which no single answer
// shows.
func (r *Rules) Distinct() bool { return r.duplicate }

// Duplicates gives what finds the texts of a run that the rules do not allow
// again. It is empty.
func (r *Rules) Duplicates() *Duplicates {
	if !r.nearDuplicate {
		return newDuplicates(lanes + 1)
	}
	return newDuplicates(agreeing(r.limits.nearDuplicate))
}

// Captions tells whether the rules judge captions of one image.
func (r *Rules) Captions() bool { return r.captions }

// Reasons lists every reason for which the rules reject, in the order in which
// they are looked for.
func (r *Rules) Reasons() []string {
	var out []string
	for _, d := range r.drops {
		out = append(out, d.name)
	}
	out = append(out, tooShort)
	for _, a := range r.asks {
		out = append(out, a.name)
	}
	return out
}

// Repairs lists every repair the rules make, in the order of Verdict.Repairs.
func (r *Rules) Repairs() []string {
	out := []string{}
	for _, c := range r.cuts {
		out = append(out, c.name)
	}
	for _, c := range r.cleaners {
		out = append(out, c.name)
	}
	return out
}

// Check judges one answer of which nothing else is known. An accepted text,
// checked again, is accepted as it is, without repairs; a rejected one is
// rejected again for the same reason.
func (r *Rules) Check(answer string) Verdict { return r.CheckIn(Context{}, answer) }

// CheckIn judges one answer in its context; checked again in the same context,
// the text gets the same verdict. See Check.
func (r *Rules) CheckIn(c Context, answer string) Verdict {
	low := &sieve{}
	low.fill(answer)
	if name := r.dropped(answer, low); name != "" {
		return Verdict{Text: answer, Reason: name}
	}
	text, done := r.clean(answer, low)
	if utf8.RuneCountInString(text) < r.limits.minChars {
		return Verdict{Text: answer, Reason: tooShort}
	}
	// Cleaning can bring together what was apart ("10#000").
	if text != answer {
		if name := r.dropped(text, low); name != "" {
			return Verdict{Text: answer, Reason: name}
		}
	}
	for _, a := range r.asks {
		if a.fails(c, text) {
			return Verdict{Text: answer, Reason: a.name}
		}
	}
	v := Verdict{Text: text}
	for _, name := range r.Repairs() {
		if done[name] {
			v.Repairs = append(v.Repairs, name)
		}
	}
	return v
}

// dropped names the fault for which a text is rejected, "" for none. Its lower case
// is in low.
func (r *Rules) dropped(text string, low *sieve) string {
	for i := range r.drops {
		if r.drops[i].find(text, low) >= 0 {
			return r.drops[i].name
		}
	}
	return ""
}

// clean cuts and cleans until nothing changes: a cut can bare a new prefix, a
// stripped sign a new marker. Every step shortens the text or replaces a sign
// that no step brings back, so it ends. The lower case of the text is in low,
// before and after.
func (r *Rules) clean(text string, low *sieve) (string, map[string]bool) {
	done := map[string]bool{}
	for before := ""; text != before; {
		before = text
		for i := range r.cuts {
			c := &r.cuts[i]
			if at := c.find(text, low); at >= 0 {
				text, done[c.name] = text[:at], true
				low.fill(text)
			}
		}
		for _, c := range r.cleaners {
			if next := c.apply(text); next != text {
				text, done[c.name] = next, true
			}
		}
		if text != before {
			low.fill(text)
		}
	}
	return text, done
}
