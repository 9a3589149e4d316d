package check

import (
	"regexp"
	"slices"
)

// definition is what a file of rules says, checked.
type definition struct {
	extends  string          // name of a built-in set; "" is "none"
	switches map[string]bool // rules that are on or off, whatever the set has
	limits   limits
	rejects  []rule // of the user's
	cuts     []rule
}

// base makes the rule set that a definition extends.
func (d *definition) base() *Rules {
	switch d.extends {
	case "paper":
		return paper(d.limits)
	case "strict":
		return strict(d.limits)
	case "caption":
		return caption(d.limits)
	}
	return none(d.limits)
}

// limitsOf gives the limits that a set begins with.
func limitsOf(extends string) limits {
	switch extends {
	case "paper":
		return paperLimits()
	case "strict", "caption":
		return strictLimits()
	}
	return noLimits()
}

// rules makes the rule set. A rule that is switched on, and that the base lacks,
// is the one of strict or else of paper; it comes after the base's own.
func (d *definition) rules() *Rules {
	r, s, p, n := d.base(), strict(d.limits), paper(d.limits), none(d.limits)
	r.drops = append(choose(d, ruleName, r.drops, s.drops, p.drops), d.rejects...)
	r.cuts = append(choose(d, ruleName, r.cuts, s.cuts, p.cuts), d.cuts...)
	r.cleaners = choose(d, func(c cleaner) string { return c.name }, r.cleaners, s.cleaners, p.cleaners, n.cleaners)
	r.asks = choose(d, func(a ask) string { return a.name }, r.asks, s.asks)
	for name, at := range map[string]*bool{Duplicate: &r.duplicate, NearDuplicate: &r.nearDuplicate, ReversedMismatch: &r.turned} {
		if on, said := d.switches[name]; said {
			*at = on
		}
	}
	return r
}

func ruleName(r rule) string { return r.name }

// choose gives the rules of the first set but for those that are off, then those
// of the other sets that are on.
func choose[T any](d *definition, name func(T) string, base []T, others ...[]T) []T {
	var out []T
	for _, r := range base {
		if on, said := d.switches[name(r)]; on || !said {
			out = append(out, r)
		}
	}
	for _, r := range slices.Concat(others...) {
		if d.switches[name(r)] && !slices.ContainsFunc(out, func(had T) bool { return name(had) == name(r) }) {
			out = append(out, r)
		}
	}
	return out
}

// switchable names every rule that can be switched on or off, sorted.
var switchable = func() []string {
	names := []string{Duplicate, NearDuplicate, ReversedMismatch}
	for _, r := range sets {
		for _, name := range slices.Concat(r.Reasons(), r.Repairs()) {
			if name != tooShort { // its limit switches it
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}()

// has tells whether the rules have one of that name.
func (r *Rules) has(name string) bool {
	return name == tooShort || name == Duplicate && r.duplicate || name == NearDuplicate && r.nearDuplicate ||
		slices.Contains(r.Reasons(), name) || slices.Contains(r.Repairs(), name)
}

// cutting finds where a user's pattern begins. At the very end there is nothing
// left to cut.
func cutting(re *regexp.Regexp) func(string) int {
	find := matching(re)
	return func(s string) int {
		if at := find(s); at < len(s) {
			return at
		}
		return -1
	}
}
