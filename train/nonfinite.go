//go:build libtorch

package train

import (
	"context"
	"fmt"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/torch"
)

const (
	// maxBadRun is the number of steps in a row that may be skipped: more are no
	// accident.
	maxBadRun = 20
	// maxRollbacks is the number of times that a training may go back.
	maxRollbacks = 5
)

// settle looks at what the device noticed since the last look. It gives true
// where the training went back to a checkpoint, from which it goes on.
func (l *loop) settle() (back bool, err error) {
	var seen torch.Seen
	err = l.th.Do(context.Background(), func(s *torch.Scope) error {
		seen = l.optimiser.watch.Read(s)
		return nil
	})
	if err != nil || seen.Skipped == 0 {
		return false, err
	}
	switch l.policy {
	case Skip:
		l.counts.Nonfinite += seen.Skipped
		if seen.Run >= maxBadRun {
			return false, l.notFinite(seen.First, fmt.Sprintf(", and so were all of the last %d steps", seen.Run))
		}
		return false, nil
	case Rollback:
		l.counts.Nonfinite++
		if l.counts.Rollbacks++; l.counts.Rollbacks > maxRollbacks {
			return false, l.notFinite(seen.First, fmt.Sprintf(", after going back %d times", maxRollbacks))
		}
		return true, l.rollback(seen.First)
	}
	return false, l.notFinite(seen.First, "")
}

// notFinite names a step whose loss or gradient was not finite, its batch and
// rows.
func (l *loop) notFinite(step int, more string) error {
	return &fault.Error{
		Op: "train", Where: l.dir,
		Err:  fmt.Errorf("the loss or gradient of step %d is not finite (%s)%s", step, l.describe(step-1), more),
		Hint: "lower --lr, raise --temperature, set --clip, or pass over such steps with --on-nonfinite skip",
	}
}

// rollback takes weights and moments of the newest checkpoint and goes on
// behind the bad step (from 1), so that the steps between are not done again.
func (l *loop) rollback(bad int) error {
	folder, state, _, err := newestCheckpoint(l.dir)
	if err != nil {
		return err
	}
	if folder == "" {
		return l.notFinite(bad, ", and no checkpoint is left to go back to")
	}
	if err := l.take(context.Background(), folder, state); err != nil {
		return fmt.Errorf("go back to %s: %w", folder, err)
	}
	l.done = bad
	return nil
}
