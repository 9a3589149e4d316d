package report

import (
	"slices"

	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/train/eval"
)

// kept is what an experiment has left on disk.
type kept struct {
	dir   string
	plan  experiment.Plan
	cells []map[string]*experiment.Cell // by seed in the plan's order, by model; without those not there
}

func read(dir string, plan experiment.Plan) (*kept, error) {
	k := &kept{dir: dir, plan: plan}
	models := []string{experiment.Base}
	for _, c := range plan.Columns()[1:] {
		models = append(models, c.Name)
	}
	for _, seed := range plan.Seeds {
		cells := map[string]*experiment.Cell{}
		for _, model := range models {
			c, err := plan.Files(dir, seed).Cell(model)
			if err != nil {
				return nil, err
			}
			if c != nil {
				cells[model] = c
			}
		}
		k.cells = append(k.cells, cells)
	}
	return k, nil
}

// stat sums up a number of a model's reports over the seeds that have it. ok is
// false where none has.
func (k *kept) stat(model string, get func(eval.Report) (float64, bool)) (s eval.Stat, ok bool) {
	var values []float64
	for _, cells := range k.cells {
		if c := cells[model]; c != nil {
			if v, ok := get(c.Report); ok {
				values = append(values, v)
			}
		}
	}
	if len(values) == 0 {
		return s, false
	}
	return eval.NewStat(values...), true
}

// first gives the first report of the base.
func (k *kept) first() (eval.Report, bool) {
	for _, cells := range k.cells {
		if c := cells[experiment.Base]; c != nil {
			return c.Report, true
		}
	}
	return eval.Report{}, false
}

// main is the model that the page is about: that of the first claim, or the
// plan's first.
func (k *kept) main() string {
	if len(k.plan.Claims) > 0 {
		return k.plan.Claims[0].Model
	}
	return k.plan.Models[0].Name
}

// shown are the models of charts that cannot show all: the base, the main one,
// and what a claim compares with the main one.
func (k *kept) shown() []string {
	out := []string{experiment.Base, k.main()}
	for _, c := range k.plan.Claims {
		if c.Against == k.main() && !slices.Contains(out, c.Model) && len(out) < 4 {
			out = append(out, c.Model)
		}
	}
	return slices.Compact(out)
}
