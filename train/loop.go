//go:build libtorch

package train

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/torch"
)

// loop runs steps, logs them, saves and resumes: what finetuning and
// pretraining share. It knows nothing of objectives and data.
type loop struct {
	dir             string
	th              *torch.Thread
	model           *clip.Model
	optimiser       *optimiser
	policy          OnNonfinite
	options         any    // marshals to what must not change on resume
	base, data      string // digests of the starting weights and of the data
	steps           int
	checkpointEvery int
	checkpointAfter time.Duration // since the last one; 0: time does not matter
	keep            int
	logEvery        int
	resumable       bool // the caller asked to go on

	// step does optimiser step n, from 0. Only with look does it wait for the
	// device and fill in what the device knows.
	step func(n int, look bool) (Metric, error)
	// describe names the batch and the rows of step n, from 0, for an error.
	describe func(n int) string
	// validator scores the weights now and then; nil: never.
	validator *validator
	// profiler records some steps; nil: none.
	profiler *profiler
	// crew are the processes that train together; nil: this one alone.
	crew *crew

	done   int
	shown  int // steps that progress has seen
	counts Counts
	log    *journal
	saved  time.Time // when the last checkpoint was written, or work began
	report Report
}

// run takes up what is there, does the remaining steps and leaves the model in
// dir/model. On cancellation it saves a checkpoint first.
func (l *loop) run(ctx context.Context, progress Progress) (Report, error) {
	report, err := l.work(ctx, progress)
	return report, fault.Paused("train", l.dir, err)
}

func (l *loop) work(ctx context.Context, progress Progress) (report Report, err error) {
	if err := l.resume(ctx); err != nil {
		return Report{}, err
	}
	if err := l.agree(); err != nil {
		return Report{}, errors.Join(err, l.log.Close())
	}
	defer func() { err = errors.Join(err, l.profiler.end(context.Background()), l.log.Close()) }()
	progress.Total(int64(l.steps))
	l.show(progress)
	l.saved = time.Now()
	for l.done < l.steps {
		stop, late, err := l.crew.turn(ctx.Err() != nil, l.late())
		if err != nil {
			return Report{}, err
		}
		if stop {
			return Report{}, l.interrupted(ctx)
		}
		if err := l.once(progress, late); err != nil {
			return Report{}, err
		}
	}
	return l.report, l.finish(ctx)
}

// once does a step and, where one is due, looks at the device: judges, logs,
// validates, saves. late says that a checkpoint is due by the clock.
func (l *loop) once(progress Progress, late bool) error {
	n := l.done + 1
	last := n == l.steps
	log := n%l.logEvery == 0 || last
	save := (late || l.checkpointEvery > 0 && n%l.checkpointEvery == 0) && !last
	validate := l.validator.due(n) || l.validator != nil && last
	m, err := l.recorded(l.done, log || save || validate)
	if err != nil {
		return fmt.Errorf("train step %d: %w", n, err)
	}
	l.done++
	l.report.Skipped += m.Skipped
	l.show(progress)
	if !(log || save || validate) {
		return nil
	}
	if back, err := l.settle(); back || err != nil {
		return err
	}
	l.report.Loss, m.Nonfinite = m.Loss, l.counts.Nonfinite
	if validate {
		if m.Validation, err = l.validate(n); err != nil {
			return err
		}
	}
	progress.Note("%s", m.note())
	if (log || validate) && m.storable() {
		if err := l.log.Write(m); err != nil {
			return err
		}
	}
	if save {
		return l.checkpoint()
	}
	return nil
}

// recorded does a step, in a profile where it belongs into one. A profile that was
// begun is ended whatever becomes of the training.
func (l *loop) recorded(n int, look bool) (Metric, error) {
	if err := l.profiler.before(context.Background()); err != nil {
		return Metric{}, err
	}
	m, err := l.step(n, look)
	return m, errors.Join(err, l.profiler.after(context.Background()))
}

// late says whether the last checkpoint is too old.
func (l *loop) late() bool { return l.checkpointAfter > 0 && time.Since(l.saved) >= l.checkpointAfter }

// show tells progress of steps that it has not seen; going back shows nothing.
func (l *loop) show(progress Progress) {
	if l.done > l.shown {
		progress.Add(int64(l.done - l.shown))
		l.shown = l.done
	}
}

func (l *loop) interrupted(ctx context.Context) error {
	if _, err := l.settle(); err != nil {
		return err
	}
	if err := l.checkpoint(); err != nil {
		return err
	}
	return &fault.Error{
		Op: "train", Where: l.dir, Err: cmp.Or(context.Cause(ctx), errStopped), Code: fault.Interrupted,
		Hint: fmt.Sprintf("stopped after step %d of %d, which is saved; the same command with --resume goes on", l.done, l.steps),
	}
}

// errStopped is why a training ends that another process was told to end.
var errStopped = fmt.Errorf("another process was stopped: %w", context.Canceled)

// agree makes sure that all processes do the same training.
func (l *loop) agree() error {
	doc, err := json.Marshal([]any{l.options, l.base, l.data, l.steps, l.done})
	if err != nil {
		return fmt.Errorf("compare processes: %w", err)
	}
	return l.crew.agree("base model, data, option or checkpoint", doc)
}

// checkpoint saves the state after l.done steps.
func (l *loop) checkpoint() error {
	opts, err := json.Marshal(l.options)
	if err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	l.saved = time.Now()
	state := State{Step: l.done, Options: opts, BaseDigest: l.base, DataDigest: l.data, Counts: l.counts}
	return l.crew.lead(func() error {
		return writeCheckpoint(l.dir, &state, l.keep, func(folder string) error {
			if err := l.model.Save(context.Background(), folder); err != nil {
				return err
			}
			var err error
			state.Updates, err = l.optimiser.save(l.th, l.model, filepath.Join(folder, optimiserFile))
			return err
		})
	})
}

// finish writes the last checkpoint and the model folder.
func (l *loop) finish(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := l.checkpoint(); err != nil {
		return err
	}
	target := filepath.Join(l.dir, "model")
	err := l.optimiser.averaged(l.th, func() (err error) {
		if l.report.Digest, err = l.model.Digest(ctx); err != nil {
			return err
		}
		return l.crew.lead(func() error {
			return replaceFolder(target, func(tmp string) error { return l.model.Save(ctx, tmp) })
		})
	})
	if err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	l.report.Base, l.report.Steps, l.report.Model = l.base, l.done, target
	l.report.Trained, l.report.Nonfinite, l.report.Best = l.model.Params().TrainableCount(), l.counts.Nonfinite, l.counts.Best
	return nil
}

// resume takes up the newest good checkpoint, or prepares a fresh start. A
// folder with checkpoints is never begun anew without being asked to.
func (l *loop) resume(ctx context.Context) error {
	folder, state, damaged, err := newestCheckpoint(l.dir)
	if err != nil {
		return err
	}
	l.report.Damaged = damaged
	if folder != "" && !l.resumable {
		return fault.Input("train", l.dir, "give --resume to go on, or another --name", "a training of this name has reached step %d", state.Step)
	}
	if folder != "" {
		if err := l.restore(ctx, folder, state); err != nil {
			return err
		}
	}
	err = l.crew.lead(func() error {
		if err := os.MkdirAll(l.dir, 0o755); err != nil {
			return fmt.Errorf("make training folder: %w", err)
		}
		return sweep(l.dir)
	})
	if err != nil {
		return err
	}
	if folder == "" && l.policy == Rollback { // something to go back to
		if err := l.checkpoint(); err != nil {
			return err
		}
	}
	return l.crew.lead(func() (err error) {
		l.log, err = openJournal(l.dir, l.done)
		return err
	})
}

func (l *loop) restore(ctx context.Context, folder string, state State) error {
	opts, err := json.Marshal(l.options)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if what := state.changed(opts, l.base, l.data); what != "" {
		return fault.Input("resume", folder, "give the settings it was begun with, or another --name", "begun with another %s", what)
	}
	if err := l.take(ctx, folder, state); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	l.done, l.counts, l.report.Resumed = state.Step, state.Counts, state.Step
	return nil
}

// take loads weights and the optimiser's state of a checkpoint. Weights that
// adapters stand on never change; the checkpoint holds them merged.
func (l *loop) take(ctx context.Context, folder string, state State) error {
	if !l.model.Adapted() {
		if err := l.model.LoadWeights(ctx, folder); err != nil {
			return err
		}
	}
	return l.optimiser.load(l.th, l.model, filepath.Join(folder, optimiserFile), state.Updates)
}
