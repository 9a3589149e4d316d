package eval

import (
	"cmp"
	"context"
	"slices"
)

// Rules by which class pairs are chosen.
const (
	Confused = "confused" // the pairs that the base model confuses most on validation images
	Similar  = "similar"  // the pairs whose prompts the base model finds most alike: no labels are needed
)

// worstClasses is the number of classes that comparative best replaces, as in
// the paper's code.
const worstClasses = 3

// Choice is what one model, the base, chooses for all models that are compared:
// what is scored must not differ between them. It is made on validation images
// and on prompts, never on test images.
type Choice struct {
	Task     string      `json:"task"`
	Confused [][2]string `json:"confused"`
	Similar  [][2]string `json:"similar"`
	Worst    []string    `json:"worst"` // classes with the lowest accuracy
	Best     string      `json:"best"`  // the class with the highest
}

// choose makes the choice of one task: at most n pairs by each rule.
func (c *classTask) choose(ctx context.Context, n int, v vectors) (Choice, error) {
	out := Choice{Task: c.name}
	images := c.images[SplitValidation]
	labels, err := c.predict(ctx, images, c.prompts, v)
	if err != nil {
		return out, err
	}
	mixed := map[[2]string]float64{}
	for i, it := range images {
		if labels[i] != it.Label {
			mixed[c.pair(it.Label, labels[i])]++
		}
	}
	out.Confused = c.top(n, func(a, b int) float64 { return mixed[c.pair(c.classes[a].Label, c.classes[b].Label)] }, 0)
	out.Similar = c.top(n, func(a, b int) float64 { return dot(c.prompts[a], c.prompts[b]) }, -2)
	out.Best, out.Worst = c.extremes(images, labels)
	return out, nil
}

// pair orders two labels as their classes stand in the task.
func (c *classTask) pair(a, b string) [2]string {
	for _, class := range c.classes {
		if class.Label == a {
			return [2]string{a, b}
		}
		if class.Label == b {
			break
		}
	}
	return [2]string{b, a}
}

// top lists the n pairs of classes with the largest values above least, among
// those with comparisons in both directions; of equals, the earlier classes.
func (c *classTask) top(n int, value func(a, b int) float64, least float64) [][2]string {
	type candidate struct {
		pair  [2]string
		value float64
	}
	compared := c.compared()
	var all []candidate
	for a := range c.classes {
		for b := a + 1; b < len(c.classes); b++ {
			p := [2]string{c.classes[a].Label, c.classes[b].Label}
			if x := value(a, b); p[0] != p[1] && x > least && compared[p] != "" && compared[[2]string{p[1], p[0]}] != "" {
				all = append(all, candidate{p, x})
			}
		}
	}
	slices.SortStableFunc(all, func(x, y candidate) int { return cmp.Compare(y.value, x.value) })
	out := [][2]string{}
	for _, x := range all {
		if len(out) < n && !slices.Contains(out, x.pair) {
			out = append(out, x.pair)
		}
	}
	return out
}

// compared gives the text of class a relative to class b, the first one given.
func (c *classTask) compared() map[[2]string]string {
	out := map[[2]string]string{}
	for _, it := range c.comparisons {
		if key := [2]string{it.ClassA, it.ClassB}; out[key] == "" {
			out[key] = it.Text
		}
	}
	return out
}

// extremes gives the classes with the highest and the lowest accuracy, of
// equals the earlier ones. Classes without an image are neither; a worst class
// needs a comparison of the best class with it.
func (c *classTask) extremes(images []Item, labels []string) (best string, worst []string) {
	type class struct {
		label    string
		accuracy float64
	}
	n, right := map[string]int{}, map[string]int{}
	for i, it := range images {
		n[it.Label]++
		right[it.Label] += one(labels[i] == it.Label)
	}
	var all []class
	for _, it := range c.classes {
		if n[it.Label] > 0 && !slices.Contains(all, class{it.Label, percent(right[it.Label], n[it.Label])}) {
			all = append(all, class{it.Label, percent(right[it.Label], n[it.Label])})
		}
	}
	slices.SortStableFunc(all, func(x, y class) int { return cmp.Compare(x.accuracy, y.accuracy) })
	if len(all) == 0 {
		return "", nil
	}
	top := slices.IndexFunc(all, func(x class) bool { return x.accuracy == all[len(all)-1].accuracy })
	best = all[top].label
	compared := c.compared()
	for _, x := range all {
		if len(worst) < worstClasses && x.label != best && compared[[2]string{best, x.label}] != "" {
			worst = append(worst, x.label)
		}
	}
	return best, worst
}
