package generate

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/pcclip/pcclip/generate/answers"
	"github.com/pcclip/pcclip/prompts"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// MissingAnswers is the error of a replay that lacks answers.
type MissingAnswers struct {
	Keys  []string // of the first requests without an answer, in hex
	Total int64
}

// maxMissing bounds the keys that MissingAnswers names.
const maxMissing = 20

// Error names the first keys.
func (e *MissingAnswers) Error() string {
	return fmt.Sprintf("%d answers are missing, of the requests %v", e.Total, e.Keys)
}

func (e *MissingAnswers) add(k answers.Key) {
	if e.Total++; len(e.Keys) < maxMissing {
		e.Keys = append(e.Keys, hex.EncodeToString(k[:]))
	}
}

// Recording is what a replay rebuilds a run from.
type Recording struct {
	Planned map[string]int64                // texts of each split
	Pending map[string]int64                // of these, that were never settled
	Answers iter.Seq2[shards.Answer, error] // in the order of their keys
	// Judge names a judge whose rejections were applied, and JudgedRun the folder
	// of a run that holds its judgements; both "" for none.
	Judge, JudgedRun string
	// Unjudged is the number of rows on which there is no judgement, in the replay
	// of a judge's run: so many answers may be malformed or missing.
	Unjudged int64
	// Passing says that the run is for one who reads it once: the same rows, in
	// larger files that take less time to write.
	Passing bool
}

// unjudged is the outcome of a row that a judge said nothing of.
const unjudged = "unjudged"

// Replay writes the shards, rejected rows and manifest of a run from recorded
// answers, without a request, into the empty folder o.RunDir. With the plan, the
// options and the recording of a run it gives that run's bytes. Where answers are
// missing, the error wraps a *MissingAnswers.
func Replay(ctx context.Context, o Options, plan Plan, rec Recording) (err error) {
	r := &run{o: o, plan: Replicated(plan, o.Replicates), progress: silent{}, reasons: map[string]int64{}, records: map[string]*record{}}
	if rec.Passing {
		r.codec.Hurry()
	}
	if err := r.prepare(); err != nil {
		return err
	}
	if rec.Judge != "" {
		if r.judges, err = readJudgements(rec.JudgedRun, rec.Judge); err != nil {
			return err
		}
	}
	source, err := recordAnswers(ctx, o.RunDir, rec.Answers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	r.source = source
	r.relayout(rec.Planned)
	missing := &MissingAnswers{}
	if err := r.replayBlocks(ctx, rec, missing); err != nil {
		return err
	}
	if missing.Total > r.excused(rec) {
		return &fault.Error{Op: "replay", Err: missing, Hint: "the answers must be those of the same plan and settings"}
	}
	return r.writeManifest()
}

// excused gives how many answers may be missing: those of the rows on which there
// is no judgement, but for the malformed ones, which are there.
func (r *run) excused(rec Recording) int64 {
	n := rec.Unjudged
	for _, written := range r.records {
		n -= written.RejectReasons[malformed]
	}
	return max(0, n)
}

// replayBlocks judges block after block, and writes one while the next is judged.
func (r *run) replayBlocks(ctx context.Context, rec Recording, missing *MissingAnswers) error {
	extents, err := r.extents(ctx, rec.Pending)
	if err != nil {
		return err
	}
	var writing errgroup.Group
	for _, b := range r.blocks {
		part := *b
		if n, known := extents[b]; known {
			part.n = n
		}
		if part.n == 0 {
			continue
		}
		all, err := r.judgeBlock(&part)
		if err = errors.Join(err, ctx.Err(), writing.Wait()); err != nil {
			return err
		}
		if judging := r.prompt.Form == prompts.Judge; !missing.none(all, judging) && !judging {
			continue
		}
		writing = errgroup.Group{}
		writing.Go(func() error {
			rec, accepted, rejected := r.sort(&part, all)
			if err := r.writeBlock(&part, rec, accepted, rejected); err != nil {
				return err
			}
			r.records[b.name()] = rec
			return nil
		})
	}
	return writing.Wait()
}

// none takes note of the missing answers, and tells whether there never was any.
// A judge may have given none: there they become failures.
func (e *MissingAnswers) none(all []judged, judging bool) bool {
	for i := range all {
		a := &all[i].answer
		if a.Standing >= answers.Failed {
			continue
		}
		e.add(a.Key)
		if judging {
			a.Standing, a.Outcome = answers.Failed, unjudged
		}
	}
	return e.Total == 0
}
