//go:build !libtorch

package train

import (
	"context"

	"github.com/pcclip/pcclip/shards/fault"
)

// errMissing is what every operation on a model says in a binary without
// libtorch.
func errMissing(op string) error {
	return fault.Input(op, "", "build the whole pcclip with: go tool -modfile=tools.mod task build", "this binary was built without libtorch")
}

// Finetune needs libtorch.
func Finetune(context.Context, Job, Progress) (Report, error) { return Report{}, errMissing("train") }

// Pretrain needs libtorch.
func Pretrain(context.Context, PretrainJob, Progress) (Report, error) {
	return Report{}, errMissing("pretrain")
}

// Encoder needs libtorch.
type Encoder struct{}

// NewEncoder needs libtorch.
func NewEncoder(context.Context, EmbedOptions) (*Encoder, error) { return nil, errMissing("embed") }

// Close does nothing.
func (*Encoder) Close() {}

// Digest needs libtorch.
func (*Encoder) Digest(context.Context) (string, error) { return "", errMissing("embed") }

// EmbedImages needs libtorch.
func (*Encoder) EmbedImages(context.Context, []ImageRef, OpenImage, Progress) (*Table, EmbedReport, error) {
	return nil, EmbedReport{}, errMissing("embed")
}

// EmbedTexts needs libtorch.
func (*Encoder) EmbedTexts(context.Context, []string, Progress) ([][]float32, error) {
	return nil, errMissing("embed")
}

// TorchVersion needs libtorch.
func TorchVersion() (string, error) { return "", errMissing("ask libtorch") }
