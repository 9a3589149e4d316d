package eval

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Options of a scoring.
type Options struct {
	Pairs  int      // class pairs of comparative prompting, by each rule
	Choice []Choice // what the base model chose; nil: this model chooses for itself
	Seed   int64    // of the linear probe's draws
	Items  bool     // keep the scores of single items
}

// DefaultOptions takes three class pairs, as the paper does.
func DefaultOptions() Options { return Options{Pairs: 3} }

// Report is what a model scores on a task file.
type Report struct {
	Differences []Difference      `json:"differences"`
	ZeroShot    []Accuracy        `json:"zero_shot"`
	Retrieval   []Accuracy        `json:"retrieval"`
	Delta       []Delta           `json:"delta,omitempty"`
	Geometry    []Geometry        `json:"geometry,omitempty"`
	Comparative []Comparative     `json:"comparative,omitempty"`
	Best        []ComparativeBest `json:"comparative_best,omitempty"`
	Probe       []Probe           `json:"probe,omitempty"`
	Choice      []Choice          `json:"choice,omitempty"` // what comparative prompting compares
}

// Score scores an embedder; each distinct text and image is embedded once.
// Tasks stand in the order of their first item. ErrVectors says that the
// embedder's vectors cannot be compared.
func Score(ctx context.Context, items []Item, e Embedder, o Options) (Report, error) {
	t, v, err := embedItems(ctx, items, e)
	if err != nil {
		return Report{}, err
	}
	r := Report{Choice: o.Choice}
	for _, group := range groups(items, KindDifference) {
		d := scoreDifference(group, t, v)
		r.Differences, r.Geometry = append(r.Differences, d), append(r.Geometry, differenceGeometry(group, d, t)...)
	}
	for _, c := range classTasks(items, t) {
		if err := r.classification(ctx, c, t, v, o); err != nil {
			return Report{}, err
		}
	}
	for _, group := range groups(items, KindRetrieve) {
		a, err := retrieve(ctx, group, t, v)
		if err != nil {
			return Report{}, err
		}
		r.Retrieval = append(r.Retrieval, a)
	}
	for _, group := range groups(items, KindDelta) {
		d, err := scoreDelta(ctx, group, t, v)
		if err != nil {
			return Report{}, err
		}
		r.Delta = append(r.Delta, d)
	}
	if !o.Items {
		r.dropItems()
	}
	return r, nil
}

func embedItems(ctx context.Context, items []Item, e Embedder) (t, v vectors, err error) {
	var texts, images []string
	for _, it := range items {
		texts, images = append(texts, it.texts()...), append(images, it.images()...)
	}
	if t, err = embed(ctx, texts, e.Texts); err != nil {
		return nil, nil, fmt.Errorf("embed task texts: %w", err)
	}
	if v, err = embed(ctx, images, e.Images); err != nil {
		return nil, nil, fmt.Errorf("embed task images: %w", err)
	}
	if err := sameSpace(t, v); err != nil {
		return nil, nil, fmt.Errorf("score tasks: %w", err)
	}
	return t, v, nil
}

// classification adds all that is measured on one classification task.
func (r *Report) classification(ctx context.Context, c *classTask, t, v vectors, o Options) error {
	a, err := c.zeroShot(ctx, v)
	if err != nil {
		return err
	}
	r.ZeroShot = append(r.ZeroShot, a)
	if len(c.images[SplitTrain]) > 0 {
		p, err := c.probe(ctx, o.Seed, v)
		if err != nil {
			return err
		}
		r.Probe = append(r.Probe, p)
	}
	if len(c.comparisons) == 0 {
		return nil
	}
	r.Geometry = append(r.Geometry, c.geometry(t))
	choice, err := r.choice(ctx, c, v, o)
	if err != nil {
		return err
	}
	for _, by := range []struct {
		rule  string
		pairs [][2]string
	}{{Confused, choice.Confused}, {Similar, choice.Similar}} {
		for _, both := range []bool{false, true} {
			out, err := c.comparative(ctx, by.rule, by.pairs, both, t, v)
			if err != nil {
				return err
			}
			r.Comparative = append(r.Comparative, out)
		}
	}
	if choice.Best == "" || len(choice.Worst) == 0 {
		return nil
	}
	best, err := c.comparativeBest(ctx, choice, t, v)
	r.Best = append(r.Best, best)
	return err
}

// choice takes what was chosen for a task, or chooses.
func (r *Report) choice(ctx context.Context, c *classTask, v vectors, o Options) (Choice, error) {
	if i := slices.IndexFunc(o.Choice, func(x Choice) bool { return x.Task == c.name }); i >= 0 {
		return o.Choice[i], nil
	}
	choice, err := c.choose(ctx, o.Pairs, v)
	r.Choice = append(r.Choice, choice)
	return choice, err
}

func (r *Report) dropItems() {
	for i := range r.Differences {
		r.Differences[i].Items = nil
	}
	for _, list := range [][]Accuracy{r.ZeroShot, r.Retrieval} {
		for i := range list {
			list[i].Right, list[i].BackR = "", ""
		}
	}
	for i := range r.Delta {
		r.Delta[i].Right = ""
	}
	for i := range r.Comparative {
		r.Comparative[i].Right, r.Comparative[i].PlainR = "", ""
	}
}

// groups splits the items of a kind by task and order of mention.
func groups(items []Item, kind string) [][]Item {
	index := map[[2]string]int{}
	var out [][]Item
	for _, it := range items {
		if it.Kind != kind {
			continue
		}
		if it.Order == "" {
			it.Order = OrderFirst
		}
		key := [2]string{it.Task, it.Order}
		i, ok := index[key]
		if !ok {
			i = len(out)
			index[key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], it)
	}
	return out
}

// nearest gives the index of the candidate with the largest product, the first
// of equals.
func nearest(x []float64, candidates [][]float64) int {
	best, most := 0, math.Inf(-1)
	for i, c := range candidates {
		if d := dot(x, c); d > most {
			best, most = i, d
		}
	}
	return best
}

// Mean gives the mean accuracies over some tasks in one order of mention;
// tasks that the report lacks are left out.
func (r Report) Mean(order string, tasks ...string) (sign, two float64) {
	n := 0.0
	for _, d := range r.Differences {
		if d.Order == order && slices.Contains(tasks, d.Task) {
			sign, two, n = sign+d.Sign, two+d.Two, n+1
		}
	}
	if n == 0 {
		return 0, 0
	}
	return sign / n, two / n
}
