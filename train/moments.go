//go:build libtorch

package train

import (
	"context"
	"fmt"

	"github.com/pcclip/pcclip/train/clip/safetensors"
	"github.com/pcclip/pcclip/train/torch"
)

// Prefixes of the two moments in optimizer.safetensors, PyTorch's names.
const (
	firstMoment  = "exp_avg."
	secondMoment = "exp_avg_sq."
)

// saveMoments writes Adam's moments by parameter name.
func saveMoments(th *torch.Thread, params *torch.Params, path string) error {
	var tensors []safetensors.Tensor
	err := th.Do(context.Background(), func(s *torch.Scope) error {
		for _, name := range params.Trained() {
			m, v := params.Moments(s, name)
			tensors = append(tensors, tensorOf(firstMoment, m), tensorOf(secondMoment, v))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read moments: %w", err)
	}
	return safetensors.Write(path, tensors, nil)
}

func tensorOf(prefix string, p torch.Param) safetensors.Tensor {
	shape := make([]int64, len(p.Shape))
	for i, d := range p.Shape {
		shape[i] = int64(d)
	}
	return safetensors.Tensor{Name: prefix + p.Name, Shape: shape, F32: p.Data}
}

// loadMoments reads them back; every trained parameter must have both.
func loadMoments(th *torch.Thread, params *torch.Params, path string) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return th.Do(context.Background(), func(s *torch.Scope) error {
		for _, name := range params.Trained() {
			m, err := f.ReadFloat32(firstMoment + name)
			if err != nil {
				return err
			}
			v, err := f.ReadFloat32(secondMoment + name)
			if err != nil {
				return err
			}
			if err := params.SetMoments(s, name, m, v); err != nil {
				return err
			}
		}
		return nil
	})
}
