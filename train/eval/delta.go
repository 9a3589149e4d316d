package eval

import (
	"context"
	"slices"
)

// Steps are the lengths at which a text is added to an image, unit vectors both.
// At 0 the text is not used: the baseline.
var Steps = []float64{0, .125, .25, .5, 1, 2}

// Delta is the score of a delta retrieval: image b + step x text, nearest to
// image a among the images of the task, image b left out. Accuracies are in
// percent, of test items.
type Delta struct {
	Task       string      `json:"task"`
	N          int         `json:"n"`
	Candidates int         `json:"candidates"`
	Step       float64     `json:"step"`     // chosen on validation items by R@1; 1 without any
	Top1       float64     `json:"top1"`     // image a is the nearest
	Top5       float64     `json:"top5"`     // image a is among the five nearest
	Baseline   float64     `json:"baseline"` // R@1 at step 0
	Curve      []DeltaStep `json:"curve"`
	Right      string      `json:"right,omitempty"`
}

// DeltaStep is the score at one step.
type DeltaStep struct {
	Step       float64 `json:"step"`
	Validation float64 `json:"validation"` // R@1 of the validation items, 0 without any
	Test       float64 `json:"test"`       // R@1 of the test items
}

// scoreDelta scores the delta items of one task.
func scoreDelta(ctx context.Context, items []Item, t, v vectors) (Delta, error) {
	var candidates []string
	seen, parts := map[string]bool{}, map[string][]Item{}
	for _, it := range items {
		for _, name := range []string{it.ImageA, it.ImageB} {
			if !seen[name] {
				seen[name], candidates = true, append(candidates, name)
			}
		}
		if it.Split == "" {
			it.Split = SplitTest
		}
		parts[it.Split] = append(parts[it.Split], it)
	}
	d := Delta{Task: items[0].Task, N: len(parts[SplitTest]), Candidates: len(candidates), Step: 1}
	best := -1.0
	var atStep []ranks
	for _, step := range Steps {
		validation, err := rank(ctx, parts[SplitValidation], candidates, step, t, v)
		if err != nil {
			return Delta{}, err
		}
		test, err := rank(ctx, parts[SplitTest], candidates, step, t, v)
		if err != nil {
			return Delta{}, err
		}
		atStep = append(atStep, test)
		d.Curve = append(d.Curve, DeltaStep{Step: step, Validation: validation.within(1), Test: test.within(1)})
		if len(validation) > 0 && validation.within(1) > best {
			best, d.Step = validation.within(1), step
		}
	}
	chosen := atStep[slices.Index(Steps, d.Step)]
	d.Top1, d.Top5, d.Baseline, d.Right = chosen.within(1), chosen.within(5), atStep[0].within(1), chosen.first()
	return d, nil
}

// ranks are places of the right image, from 0.
type ranks []int

// within gives the share of places below n, in percent.
func (r ranks) within(n int) float64 {
	hits := 0
	for _, place := range r {
		hits += one(place < n)
	}
	return percent(hits, len(r))
}

func (r ranks) first() string {
	out := make([]byte, len(r))
	for i, place := range r {
		out[i] = '0' + byte(one(place == 0))
	}
	return string(out)
}

// rank gives the place of each item's image a.
func rank(ctx context.Context, items []Item, candidates []string, step float64, t, v vectors) (ranks, error) {
	var out ranks
	for _, it := range items {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		query := mix(1, v[it.ImageB], step, t[it.Text])
		own, place := dot(query, v[it.ImageA]), 0
		for _, name := range candidates {
			if name != it.ImageA && name != it.ImageB {
				place += one(dot(query, v[name]) >= own)
			}
		}
		out = append(out, place)
	}
	return out, nil
}
