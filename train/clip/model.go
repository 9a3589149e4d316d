//go:build libtorch

package clip

import (
	"context"
	"fmt"
	"slices"

	"github.com/pcclip/pcclip/train/torch"
)

// Model is a CLIP on a torch.Thread. Its Encode methods are called inside a
// scope of that thread; Close it before the thread.
type Model struct {
	th     *torch.Thread
	config Config
	params *torch.Params
	half   bool // matrix products in bfloat16
}

// Load reads a model from a folder or file, as Read does; nothing is trained
// until SetTrainable.
func Load(ctx context.Context, th *torch.Thread, path string) (*Model, error) {
	config, weights, err := Read(path)
	if err != nil {
		return nil, err
	}
	return build(ctx, th, config, weights)
}

// New makes a model with the weights of Init.
func New(ctx context.Context, th *torch.Thread, config Config, seed int64) (*Model, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("make model: %w", err)
	}
	return build(ctx, th, config, Init(config, seed))
}

func build(ctx context.Context, th *torch.Thread, config Config, weights []Weight) (*Model, error) {
	m := &Model{th: th, config: config}
	err := th.Do(ctx, func(s *torch.Scope) error {
		m.params = s.NewParams(params(weights), func(string, []int) torch.Group { return torch.Frozen })
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("make model: %w", err)
	}
	return m, nil
}

// Close frees the model's tensors.
func (m *Model) Close() {
	// A closed thread has nothing left to free.
	_ = m.th.Do(context.Background(), func(s *torch.Scope) error {
		m.params.Free(s)
		return nil
	})
}

// UseBFloat16 has the text tower's matrix products computed in bfloat16 from now
// on; weights, norms, the sums along the tower and what it gives stay float32.
func (m *Model) UseBFloat16() { m.half = true }

// cast runs fn in the model's precision.
func (m *Model) cast(s *torch.Scope, fn func()) {
	if m.half {
		s.Autocast(fn)
	} else {
		fn()
	}
}

// Config gives the model's configuration.
func (m *Model) Config() Config { return m.config }

// Added lists the parameters that SetTrainable was given beside the model's own.
func (m *Model) Added() []string {
	own := map[string]bool{}
	for _, spec := range m.config.Specs() {
		own[spec.Name] = true
	}
	return slices.DeleteFunc(m.params.Names(), func(name string) bool { return own[name] })
}

// Params gives the parameters, for the optimiser. SetTrainable replaces them.
func (m *Model) Params() *torch.Params { return m.params }

// SetTrainable decides which parameters have gradients, and in which group of
// the optimiser. Added ones (Adapters, a learned temperature) stand beside the
// model's own and are not among Weights. Moments start at zero.
func (m *Model) SetTrainable(ctx context.Context, group func(name string, shape []int) torch.Group, added ...torch.Param) error {
	weights, err := m.Weights(ctx)
	if err != nil {
		return err
	}
	return m.th.Do(ctx, func(s *torch.Scope) error {
		old := m.params
		m.params = s.NewParams(append(params(weights), added...), group)
		old.Free(s)
		return nil
	})
}

// Weights copies the model's parameters to the host, adapters merged, in the
// order of Specs.
func (m *Model) Weights(ctx context.Context) ([]Weight, error) {
	var out []Weight
	err := m.th.Do(ctx, func(s *torch.Scope) error {
		for _, spec := range m.config.Specs() {
			s.Nested(func(s *torch.Scope) {
				s.NoGrad(func() { out = append(out, Weight{Spec: spec, Data: s.Float32s(m.merged(s, spec.Name))}) })
			})
		}
		return nil
	})
	return out, err
}

// Digest names the present weights; see the function Digest.
func (m *Model) Digest(ctx context.Context) (string, error) {
	weights, err := m.Weights(ctx)
	if err != nil {
		return "", err
	}
	return Digest(weights), nil
}

// Save writes the model in open_clip's layout.
func (m *Model) Save(ctx context.Context, folder string) error {
	weights, err := m.Weights(ctx)
	if err != nil {
		return err
	}
	return Save(folder, m.config, weights)
}

// SaveHF writes the model in Hugging Face's layout.
func (m *Model) SaveHF(ctx context.Context, folder string) error {
	weights, err := m.Weights(ctx)
	if err != nil {
		return err
	}
	return SaveHF(folder, m.config, weights)
}

// LoadWeights overwrites the weights with those of a folder of the same
// configuration; what is trained stays trained.
func (m *Model) LoadWeights(ctx context.Context, folder string) error {
	config, weights, err := Read(folder)
	if err != nil {
		return err
	}
	if config != m.config {
		return fmt.Errorf("load weights of %s: they belong to another configuration", folder)
	}
	return m.th.Do(ctx, func(s *torch.Scope) error {
		for _, w := range weights {
			if err := m.params.Set(s, w.Name, w.Data); err != nil {
				return err
			}
		}
		return nil
	})
}

// LogitScale gives the learned scale, a scalar: the logarithm of what cosines
// are multiplied with.
func (m *Model) LogitScale() *torch.Tensor { return m.params.At("logit_scale") }

// ClampLogitScale bounds the learned scale, as open_clip does after a step.
func (m *Model) ClampLogitScale(s *torch.Scope, lowest, highest float64) {
	m.params.Clamp(s, "logit_scale", lowest, highest)
}

func params(weights []Weight) []torch.Param {
	out := make([]torch.Param, len(weights))
	for i, w := range weights {
		out[i] = torch.Param{Name: w.Name, Shape: w.Shape, Data: w.Data}
	}
	return out
}
