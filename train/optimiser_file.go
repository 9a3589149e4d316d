//go:build libtorch

package train

import (
	"context"
	"fmt"

	"github.com/pcclip/pcclip/train/clip"
	"github.com/pcclip/pcclip/train/clip/safetensors"
	"github.com/pcclip/pcclip/train/torch"
)

// Prefixes in optimizer.safetensors: the two moments, by PyTorch's names, the
// values of parameters that are not the model's, and the running average.
const (
	firstMoment  = "exp_avg."
	secondMoment = "exp_avg_sq."
	addedValue   = "value."
	averageValue = "average."
)

// save writes what resuming needs beside the weights, by parameter name, and
// gives the number of updates done.
func (o *optimiser) save(th *torch.Thread, model *clip.Model, path string) (updates int, err error) {
	var tensors []safetensors.Tensor
	err = th.Do(context.Background(), func(s *torch.Scope) error {
		updates = o.params.Updates(s)
		for _, name := range o.params.Trained() {
			m, v := o.params.Moments(s, name)
			tensors = append(tensors, tensorOf(firstMoment, m), tensorOf(secondMoment, v))
			if o.average != nil {
				tensors = append(tensors, tensorOf(averageValue, o.params.GetIn(s, o.average, name)))
			}
		}
		for _, name := range model.Added() {
			tensors = append(tensors, tensorOf(addedValue, o.params.Get(s, name)))
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read moments: %w", err)
	}
	return updates, safetensors.Write(path, tensors, nil)
}

func tensorOf(prefix string, p torch.Param) safetensors.Tensor {
	shape := make([]int64, len(p.Shape))
	for i, d := range p.Shape {
		shape[i] = int64(d)
	}
	return safetensors.Tensor{Name: prefix + p.Name, Shape: shape, F32: p.Data}
}

// load reads it back; every trained parameter must have its part.
func (o *optimiser) load(th *torch.Thread, model *clip.Model, path string, updates int) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return th.Do(context.Background(), func(s *torch.Scope) error {
		for _, name := range o.params.Trained() {
			if err := o.loadOne(s, f, name); err != nil {
				return err
			}
		}
		for _, name := range model.Added() {
			value, err := f.ReadFloat32(addedValue + name)
			if err != nil {
				return err
			}
			if err := o.params.Set(s, name, value); err != nil {
				return err
			}
		}
		return o.params.SetUpdates(s, updates)
	})
}

func (o *optimiser) loadOne(s *torch.Scope, f *safetensors.File, name string) error {
	m, err := f.ReadFloat32(firstMoment + name)
	if err != nil {
		return err
	}
	v, err := f.ReadFloat32(secondMoment + name)
	if err != nil {
		return err
	}
	if o.average != nil {
		average, err := f.ReadFloat32(averageValue + name)
		if err != nil {
			return err
		}
		if err := o.params.SetIn(s, o.average, name, average); err != nil {
			return err
		}
	}
	return o.params.SetMoments(s, name, m, v)
}
