package experiment

import (
	"context"

	"github.com/pcclip/pcclip/train/eval"
)

// realGround is a base model, tasks and runs that the user has.
type realGround struct {
	Real
	files Files
}

func (r realGround) prepare(context.Context) error { return nil }
func (r realGround) base() string                  { return r.Model }
func (r realGround) images() string                { return r.files.Images() }
func (r realGround) run(d Data) string             { return r.files.Run(d) }
func (r realGround) items() ([]eval.Item, error)   { return eval.ReadTasks(r.files.Tasks()) }
