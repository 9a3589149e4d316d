//go:build libtorch

package train

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

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
	params          *torch.Params
	options         any    // marshals to what must not change on resume
	base, data      string // digests of the starting weights and of the data
	steps           int
	checkpointEvery int
	keep            int
	logEvery        int
	resumable       bool // the caller asked to go on

	// step does optimiser step n, from 0.
	step func(n int) (Metric, error)

	done    int
	metrics *metricsFile
	report  Report
}

// run takes up what is there, does the remaining steps and leaves the model in
// dir/model. On cancellation it saves a checkpoint first.
func (l *loop) run(ctx context.Context, progress Progress) (Report, error) {
	report, err := l.work(ctx, progress)
	return report, fault.Paused("train", l.dir, err)
}

func (l *loop) work(ctx context.Context, progress Progress) (Report, error) {
	if err := l.resume(ctx); err != nil {
		return Report{}, err
	}
	defer l.metrics.Close()
	progress.Total(int64(l.steps))
	progress.Add(int64(l.done))
	for l.done < l.steps {
		if ctx.Err() != nil {
			return Report{}, l.interrupted(ctx)
		}
		if err := l.once(progress); err != nil {
			return Report{}, err
		}
	}
	return l.report, l.finish(ctx)
}

func (l *loop) once(progress Progress) error {
	m, err := l.step(l.done)
	if err != nil {
		return fmt.Errorf("train step %d: %w", l.done+1, err)
	}
	if err := finite(m); err != nil {
		return err
	}
	l.done++
	l.report.Loss, l.report.Skipped = m.Loss, l.report.Skipped+m.Skipped
	if l.done%l.logEvery == 0 || l.done == l.steps {
		if err := l.metrics.Write(m); err != nil {
			return err
		}
	}
	progress.Add(1)
	progress.Note("loss %.4f", m.Loss)
	if l.checkpointEvery > 0 && l.done%l.checkpointEvery == 0 && l.done < l.steps {
		return l.checkpoint()
	}
	return nil
}

func (l *loop) interrupted(ctx context.Context) error {
	if err := l.checkpoint(); err != nil {
		return err
	}
	return &fault.Error{
		Op: "train", Where: l.dir, Err: context.Cause(ctx), Code: fault.Interrupted,
		Hint: fmt.Sprintf("stopped after step %d of %d, which is saved; the same command with --resume goes on", l.done, l.steps),
	}
}

// checkpoint saves the state after l.done steps.
func (l *loop) checkpoint() error {
	opts, err := json.Marshal(l.options)
	if err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	state := State{Step: l.done, Options: opts, BaseDigest: l.base, DataDigest: l.data}
	return writeCheckpoint(l.dir, state, l.keep, func(folder string) error {
		if err := l.model.Save(context.Background(), folder); err != nil {
			return err
		}
		return saveMoments(l.th, l.params, filepath.Join(folder, "optimizer.safetensors"))
	})
}

// finish writes the last checkpoint and the model folder.
func (l *loop) finish(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := l.checkpoint(); err != nil {
		return err
	}
	target := filepath.Join(l.dir, "model")
	if err := replaceFolder(target, func(tmp string) error { return l.model.Save(ctx, tmp) }); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	digest, err := l.model.Digest(ctx)
	if err != nil {
		return err
	}
	l.report.Base, l.report.Steps, l.report.Model, l.report.Digest = l.base, l.done, target, digest
	l.report.Trained = l.params.TrainableCount()
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
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return fmt.Errorf("make training folder: %w", err)
	}
	l.metrics, err = openMetrics(filepath.Join(l.dir, "metrics.jsonl"), l.done)
	return err
}

func (l *loop) restore(ctx context.Context, folder string, state State) error {
	opts, err := json.Marshal(l.options)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if what := state.changed(opts, l.base, l.data); what != "" {
		return fault.Input("resume", folder, "give the settings it was begun with, or another --name", "begun with another %s", what)
	}
	if err := l.model.LoadWeights(ctx, folder); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if err := loadMoments(l.th, l.params, filepath.Join(folder, "optimizer.safetensors")); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	l.done, l.report.Resumed = state.Step, state.Step
	return nil
}
