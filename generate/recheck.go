package generate

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// RecheckOptions say which rules judge the stored answers of a run anew.
type RecheckOptions struct {
	RunDir      string
	Rules       string           // as in Options; "" for the run's own
	Apply       bool             // write the shards anew; else only count
	CountTokens func(string) int // as in Options
	Prompt      string           // as in Options, the one that the run was asked with
	Judge       string           // name of a judge's run, whose rejections count too; "" for none
}

// Judgement is what rules make of the stored answers of a run.
type Judgement struct {
	Rules    string           `json:"rules"`
	Before   string           `json:"rules_before"`
	Rows     int64            `json:"rows"`
	Accepted int64            `json:"accepted"`
	Rejected map[string]int64 `json:"rejected"` // by reason
	Changed  int64            `json:"changed"`  // rows whose text or verdict is not the written one
	Example  string           `json:"example,omitempty"`
	Applied  bool             `json:"applied"`
	Unjudged int64            `json:"unjudged,omitempty"` // accepted, with no judgement by the judge that was asked for
}

// Recheck judges every stored answer of the written blocks again, without a
// request. With Apply it writes their shards, rejected rows and the manifest
// anew; the run goes on with the new rules.
func Recheck(ctx context.Context, o RecheckOptions, plan Plan) (j Judgement, err error) {
	m, err := shards.ReadManifest(filepath.Join(o.RunDir, "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return j, fault.Input("check", o.RunDir, "run pcclip generate to some end first", "the run has no manifest")
	}
	if err != nil {
		return j, err
	}
	r := &run{o: Options{RunDir: o.RunDir, Model: m.Run.ModelRequested, Price: PriceOf(m), CountTokens: o.CountTokens, Manifest: *m}, plan: plan, progress: silent{}}
	r.o.Manifest.Files = nil
	if r.prompt, err = prompts.Load(o.Prompt); err != nil {
		return j, err
	}
	if r.prompt.SHA256 != m.Run.PromptSHA256 {
		return j, fault.Input("check", o.RunDir, "restore the prompt file", "the prompt %s is not the one that the run was asked with", o.Prompt)
	}
	if o.Rules == "" && o.Judge == "" {
		_, o.Judge = ruledBefore(m.Run.Rules)
	}
	if o.Rules == "" {
		if o.Rules, err = RulesNamed(o.RunDir, m.Run.Rules); err != nil {
			return j, err
		}
	}
	if r.rules, err = rulesOf(o.Rules, r.prompt); err != nil {
		return j, err
	}
	if err := checkPlan(plan); err != nil {
		return j, err
	}
	if o.Judge != "" {
		if r.judges, err = readJudgements(o.RunDir, o.Judge); err != nil {
			return j, err
		}
	}
	if r.store, err = answers.Open(r.file("answers.db")); err != nil {
		return j, err
	}
	r.source = live{r.store}
	defer func() {
		if e := r.store.Close(); err == nil {
			err = e
		}
	}()
	j = Judgement{Rules: r.ruledBy(), Before: m.Run.Rules, Rejected: map[string]int64{}, Applied: o.Apply}
	return j, r.recheck(ctx, &j)
}

// recheck goes through the written blocks in plan order.
func (r *run) recheck(ctx context.Context, j *Judgement) error {
	notes, err := r.store.Notes()
	if err != nil {
		return err
	}
	if r.records, err = readRecords(notes); err != nil {
		return err
	}
	n, err := replicatesOf(notes[settingsNote])
	if err != nil {
		return fmt.Errorf("read settings of %s: %w", r.o.RunDir, err)
	}
	r.plan = Replicated(r.plan, n)
	r.blocks = layout(r.plan, shares(r.plan, 0))
	written := r.blocks[:0]
	for _, b := range r.blocks {
		rec := r.records[b.name()]
		if rec == nil {
			continue
		}
		if err := errors.Join(ctx.Err(), rec.verify(r.o.RunDir)); err != nil {
			return err
		}
		b.n = rec.Pairs
		written = append(written, b)
		if err := r.recheckBlock(b, rec, j); err != nil {
			return err
		}
	}
	r.blocks = written
	if !j.Applied {
		return nil
	}
	if _, err := r.keepRules(); err != nil {
		return err
	}
	if err := r.adopt(notes[settingsNote]); err != nil {
		return err
	}
	return r.writeManifest()
}

// recheckBlock judges the rows of one block, and writes it with Apply.
func (r *run) recheckBlock(b *block, old *record, j *Judgement) error {
	rows, err := r.readBlock(b)
	if err != nil {
		return err
	}
	rec := newRecord(b)
	rec.First, rec.Last, rec.Failed, rec.FailReasons = old.First, old.Last, old.Failed, old.FailReasons
	var accepted, rejected []shards.Row
	for k := range b.n {
		pair, err := r.plan.Pair(b.split, b.from+k)
		if err != nil {
			return fmt.Errorf("read pair %d of %s: %w", b.from+k, b.split, err)
		}
		row, ok := rows[pair.PairID]
		if !ok {
			continue // it failed
		}
		g, err := r.rejudge(row, pair)
		if err != nil {
			return err
		}
		if r.judges != nil && g.verdict.Accepted() && !r.judges.reject(row.PairID, &g) {
			j.Unjudged++
		}
		j.add(row, g)
		rec.add(g)
		if row = r.redo(row, g); g.verdict.Accepted() {
			rec.accept(&row)
			accepted = append(accepted, row)
		} else {
			rejected = append(rejected, row)
		}
	}
	if !j.Applied {
		return nil
	}
	if err := r.writeBlock(b, rec, accepted, rejected); err != nil {
		return err
	}
	r.records[b.name()] = rec
	return nil
}

// readBlock gives the rows of a block's two files by pair.
func (r *run) readBlock(b *block) (map[string]shards.Row, error) {
	rows := map[string]shards.Row{}
	accepted, rejected := b.files()
	for _, path := range []string{accepted, rejected} {
		for row, err := range shards.ReadRows(r.file(path)) {
			if err != nil {
				return nil, err
			}
			rows[row.PairID] = row
		}
	}
	return rows, nil
}

// rejudge judges the stored answer behind a row.
func (r *run) rejudge(row shards.Row, pair shards.Pair) (ruling, error) {
	key, err := hex.DecodeString(row.RequestSHA256)
	if err != nil || len(key) != len(answers.Key{}) {
		return ruling{}, fmt.Errorf("read row %s: %q is no request key", row.PairID, row.RequestSHA256)
	}
	a, err := r.source.settled(answers.Key(key))
	if err != nil {
		return ruling{}, err
	}
	if a.Standing < answers.Useless {
		return ruling{}, fmt.Errorf("read answers %s: nothing settles request %s", r.source.Path(), row.RequestSHA256)
	}
	g := r.judge(a, pair)
	if r.rules.Distinct() {
		r.said.reject(r.rules, &g)
	}
	return g, nil
}

// adopt makes the rules those of the run.
func (r *run) adopt(note []byte) error {
	settings := map[string]any{}
	if err := json.Unmarshal(note, &settings); err != nil {
		return fmt.Errorf("read settings of %s: %w", r.o.RunDir, err)
	}
	settings["rules"] = r.ruledBy()
	doc, err := json.Marshal(settings)
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return r.source.Note(settingsNote, doc)
}

func (j *Judgement) add(row shards.Row, g ruling) {
	j.Rows++
	if g.verdict.Accepted() {
		j.Accepted++
	} else {
		j.Rejected[g.verdict.Reason]++
	}
	if g.verdict.Reason != row.RejectReason || g.verdict.Text != row.Difference {
		if j.Changed++; j.Example == "" {
			j.Example = row.PairID
		}
	}
}
