package generate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards"
)

// writeManifest adds up the written blocks. A pair that no written block
// settles is pending, though its answer may be stored already.
func (r *run) writeManifest() error {
	m := r.o.Manifest
	m.Files = slices.Clone(m.Files)
	m.Splits, m.Totals, m.Tokens, m.Truncated = map[string]shards.Count{}, shards.Count{}, shards.Tokens{}, 0
	m.RejectReasons, m.FailReasons = map[string]int64{}, map[string]int64{}
	m.ModelsServed, m.Fingerprints = map[string]int64{}, map[string]int64{}
	m.Run.PromptID, m.Run.PromptSHA256, m.Run.Rules, m.Run.ModelRequested = r.prompt.ID, r.prompt.SHA256, r.ruledBy(), r.o.Model
	kept, err := r.keepRules()
	if err != nil {
		return err
	}
	m.Files = append(m.Files, kept...)
	for _, split := range r.plan.Splits() {
		m.Splits[split] = shards.Count{}
	}
	for _, b := range r.blocks {
		c := shards.Count{Planned: b.n, Pending: b.n}
		if rec := r.records[b.name()]; rec != nil {
			c.Accepted, c.Rejected, c.Failed = rec.Accepted.Rows, rec.Rejected.Rows, int64(len(rec.Failed))
			c.Pending = b.n - rec.Pairs
			m.Files = append(m.Files,
				shards.File{FileInfo: rec.Accepted, Split: b.split, Kind: shards.KindAccepted},
				shards.File{FileInfo: rec.Rejected, Split: b.split, Kind: shards.KindRejected})
			add(m.RejectReasons, rec.RejectReasons)
			add(m.FailReasons, rec.FailReasons)
			add(m.ModelsServed, rec.Models)
			add(m.Fingerprints, rec.Fingerprints)
			m.Truncated += rec.Truncated
			m.Tokens.Prompt += rec.Tokens.Prompt
			m.Tokens.Cached += rec.Tokens.Cached
			m.Tokens.Completion += rec.Tokens.Completion
			m.Tokens.Reasoning += rec.Tokens.Reasoning
		}
		m.Splits[b.split], m.Totals = m.Splits[b.split].Add(c), m.Totals.Add(c)
	}
	m.Cost = r.o.costOf(m.Tokens)
	if err := m.Write(r.file("manifest.json")); err != nil {
		return err
	}
	r.result.Manifest = &m
	return nil
}

func add(to, from map[string]int64) {
	for name, n := range from {
		to[name] += n
	}
}

// failures says how many pairs failed of what.
func failures(m *shards.Manifest) error {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(m.FailReasons)) {
		parts = append(parts, fmt.Sprintf("%s %d", reason, m.FailReasons[reason]))
	}
	return fmt.Errorf("%d of %d pairs failed (%s)", m.Totals.Failed, m.Totals.Planned, strings.Join(parts, ", "))
}
