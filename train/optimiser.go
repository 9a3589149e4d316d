//go:build libtorch

package train

import (
	"context"

	"github.com/pcclip/pcclip/train/torch"
)

// optimiser turns gradients into an update without waiting for the device: pull
// to the start, clipping, AdamW, running average. A step whose loss or gradient
// is not finite changes nothing.
type optimiser struct {
	params *torch.Params
	adam   torch.AdamW // but for LR and Skip
	clip   float64     // largest norm; 0: not bounded
	pull   float64     // weight of the pull to the start; 0: none
	ema    float64     // decay of the average; 0: none
	stay   bool        // after a step that is not finite nothing changes any more

	watch          *torch.Watch
	start, average *torch.Tensor // nil without pull and ema
}

// open takes the present weights as the start.
func (o *optimiser) open(ctx context.Context, th *torch.Thread) error {
	return th.Do(ctx, func(s *torch.Scope) error {
		o.watch = s.NewWatch()
		if o.pull > 0 {
			o.start = o.params.Snapshot(s)
			s.Keep(o.start)
		}
		if o.ema > 0 {
			o.average = o.params.Snapshot(s)
			s.Keep(o.average)
		}
		return nil
	})
}

func (o *optimiser) close(th *torch.Thread) {
	// A closed thread has nothing left to free.
	_ = th.Do(context.Background(), func(s *torch.Scope) error {
		for _, t := range []*torch.Tensor{o.watch.State, o.start, o.average} {
			if t != nil {
				s.Free(t)
			}
		}
		return nil
	})
}

// update does step (from 1) with the gradients that Backward of loss left. It
// gives the loss with the pull in it, and the gradients' norm before clipping,
// both scalars.
func (o *optimiser) update(s *torch.Scope, step int, rate float64, loss *torch.Tensor) (total, norm *torch.Tensor) {
	if o.start != nil {
		loss = s.Add(s.Detach(loss), o.params.Pull(s, o.start, o.pull))
	}
	if o.clip > 0 {
		norm = o.params.ClipGrad(s, o.clip)
	} else {
		norm = o.params.GradNorm(s)
	}
	adam := o.adam
	adam.LR, adam.Skip = rate, o.watch.Judge(s, loss, norm, step, o.stay)
	o.params.AdamW(s, adam)
	if o.average != nil {
		o.params.Follow(s, o.average, o.ema, adam.Skip)
	}
	return loss, norm
}

// averaged runs fn with the running average, where there is one, in the place
// of the weights.
func (o *optimiser) averaged(th *torch.Thread, fn func() error) error {
	if o.average == nil {
		return fn()
	}
	var live *torch.Tensor
	err := th.Do(context.Background(), func(s *torch.Scope) error {
		live = o.params.Snapshot(s)
		s.Keep(live)
		o.params.Interpolate(s, o.average, 0)
		return nil
	})
	if err != nil {
		return err
	}
	err = fn()
	back := th.Do(context.Background(), func(s *torch.Scope) error {
		o.params.Interpolate(s, live, 0)
		s.Free(live)
		return nil
	})
	if err != nil {
		return err
	}
	return back
}
