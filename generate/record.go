package generate

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pcclip/pcclip/shards"
)

// record is what the answer store keeps of a written block: enough to trust its
// files, to add up the manifest and to notice another plan.
type record struct {
	Split         string           `json:"split"`
	Index         int              `json:"index"`
	Pairs         int64            `json:"pairs"`
	First         string           `json:"first"` // pair ids of the first and the last pair
	Last          string           `json:"last"`
	Accepted      shards.FileInfo  `json:"accepted"`
	Rejected      shards.FileInfo  `json:"rejected"`
	Failed        []string         `json:"failed,omitempty"` // pair ids without a usable answer
	RejectReasons map[string]int64 `json:"reject_reasons"`
	FailReasons   map[string]int64 `json:"fail_reasons"`
	Models        map[string]int64 `json:"models"`
	Fingerprints  map[string]int64 `json:"fingerprints"`
	Tokens        shards.Tokens    `json:"tokens"`
	Truncated     int64            `json:"truncated,omitempty"` // accepted rows that are too long for CLIP
}

const recordPrefix = "block/"

func (b *block) name() string { return fmt.Sprintf("%s%s/%05d", recordPrefix, b.split, b.index) }

// files gives the slash paths of a block's two files, relative to the run.
func (b *block) files() (accepted, rejected string) {
	base := fmt.Sprintf("%s-part-%05d.parquet", b.split, b.index)
	return "shards/" + base, "rejected/" + base
}

func newRecord(b *block) *record {
	return &record{
		Split: b.split, Index: b.index, Pairs: b.n,
		RejectReasons: map[string]int64{}, FailReasons: map[string]int64{}, Models: map[string]int64{}, Fingerprints: map[string]int64{},
	}
}

// add counts one answer.
func (c *record) add(g ruling) {
	if g.verdict.Reason != "" {
		c.RejectReasons[g.verdict.Reason]++
	}
	if g.stored.Model != "" {
		c.Models[g.stored.Model]++
	}
	if g.stored.Fingerprint != "" {
		c.Fingerprints[g.stored.Fingerprint]++
	}
	for _, t := range []struct {
		to   *int64
		from *int64
	}{
		{&c.Tokens.Prompt, g.stored.Prompt},
		{&c.Tokens.Cached, g.stored.Cached},
		{&c.Tokens.Completion, g.stored.Completion},
		{&c.Tokens.Reasoning, g.stored.Reasoning},
	} {
		if t.from != nil {
			*t.to += *t.from
		}
	}
}

// accept counts an accepted row.
func (c *record) accept(row *shards.Row) {
	if row.Truncated() {
		c.Truncated++
	}
}

// readRecords picks the records out of the notes, by block name.
func readRecords(notes map[string][]byte) (map[string]*record, error) {
	out := map[string]*record{}
	for name, value := range notes {
		if !strings.HasPrefix(name, recordPrefix) {
			continue
		}
		c := &record{}
		if err := json.Unmarshal(value, c); err != nil {
			return nil, fmt.Errorf("read note %s: %w", name, err)
		}
		out[name] = c
	}
	return out, nil
}
