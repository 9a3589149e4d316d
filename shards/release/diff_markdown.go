package release

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Markdown gives the difference as a section of a changelog.
func (d *Difference) Markdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("## %s", d.Version)
	line("")
	if d.Step == NoStep {
		line("- The same bytes as %s.", d.Before.Version)
		return b.String()
	}
	line("Compared with %s, this is a %s step.", d.Before.Version, d.Step)
	line("")
	line("- Rows: %d added, %d removed, %d changed; %d before, %d now.", d.Added, d.Removed, d.Changed, d.Before.Totals.Accepted, d.After.Totals.Accepted)
	for _, c := range counts(d.Columns) {
		line("  - column %s changed in %d rows", code(c.Name), c.Count)
	}
	x, y := d.Before.Totals, d.After.Totals
	if x != y {
		line("- Funnel: planned %d, was %d; rejected %d, was %d; failed %d, was %d; pending %d, was %d.",
			y.Planned, x.Planned, y.Rejected, x.Rejected, y.Failed, x.Failed, y.Pending, x.Pending)
	}
	for _, c := range []struct {
		name    string
		was, is map[string]int64
	}{
		{"Rejected by", d.Before.RejectReasons, d.After.RejectReasons},
		{"Answers by model", d.Before.ModelsServed, d.After.ModelsServed},
		{"Rows by terms of their images", d.Before.ImageTerms, d.After.ImageTerms},
	} {
		if changed := mix(c.was, c.is); changed != "" {
			line("- %s: %s.", c.name, changed)
		}
	}
	for _, c := range []struct{ name, was, is string }{
		{"Prompt", d.Before.Run.PromptID + " " + d.Before.Run.PromptSHA256, d.After.Run.PromptID + " " + d.After.Run.PromptSHA256},
		{"Rules", d.Before.Run.Rules, d.After.Run.Rules},
		{"Model asked", d.Before.Run.ModelRequested, d.After.Run.ModelRequested},
		{"Captions", d.Before.Run.SourceSHA256, d.After.Run.SourceSHA256},
		{"Licence", d.Before.License, d.After.License},
	} {
		if c.was != c.is {
			line("- %s: %s, was %s.", c.name, code(c.is), code(c.was))
		}
	}
	return b.String()
}

// mix says which counts changed.
func mix(was, is map[string]int64) string {
	all := maps.Clone(is)
	if all == nil {
		all = map[string]int64{}
	}
	maps.Copy(all, was)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if was[name] != is[name] {
			parts = append(parts, fmt.Sprintf("%s %d, was %d", code(name), is[name], was[name]))
		}
	}
	return strings.Join(parts, "; ")
}
