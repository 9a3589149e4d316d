package eval

import "strings"

// Measure is one number of a report, with the values of its items where there
// are any: the mean of the means of Items is Value.
type Measure struct {
	Key   string // such as "difference/size/first/sign"; see Measures
	Unit  string // "%" or "" for a distance
	Value float64
	Items Strata
}

// Measures lists what a report measures, in its order. Keys are
//
//	difference/TASK/ORDER/sign|two_way|caption_difference
//	difference/mean/ORDER/sign|two_way     over the tasks of means that have the order
//	zero_shot/TASK    retrieval/TASK/image_to_text|text_to_image    delta/TASK/top1|baseline
//	geometry/TASK[/ORDER]/images|captions|prompts                   mean distance, forward
//	comparative/TASK/RULE/one|both/plain|chosen|control             best/TASK/plain|replaced
//	probe/TASK
func (r Report) Measures(means []string) []Measure {
	var out []Measure
	for _, order := range []string{OrderFirst, OrderSecond} {
		out = append(out, r.means(order, means)...)
	}
	for _, d := range r.Differences {
		out = append(out, d.measures()...)
	}
	for _, a := range r.ZeroShot {
		out = append(out, newMeasure(a.Top1, marks(a.Right), "zero_shot", a.Task))
	}
	for _, a := range r.Retrieval {
		out = append(out, newMeasure(a.Top1, marks(a.Right), "retrieval", a.Task, "image_to_text"), newMeasure(a.Back, marks(a.BackR), "retrieval", a.Task, "text_to_image"))
	}
	for _, d := range r.Delta {
		out = append(out, newMeasure(d.Top1, marks(d.Right), "delta", d.Task, "top1"), newMeasure(d.Baseline, nil, "delta", d.Task, "baseline"))
	}
	for _, g := range r.Geometry {
		m := newMeasure(g.Forward, nil, "geometry", g.Task, g.Order, g.Against)
		m.Unit = ""
		out = append(out, m)
	}
	for _, c := range r.Comparative {
		which := "one"
		if c.Both {
			which = "both"
		}
		out = append(out, newMeasure(c.Plain, marks(c.PlainR), "comparative", c.Task, c.Rule, which, "plain"),
			newMeasure(c.Chosen, marks(c.Right), "comparative", c.Task, c.Rule, which, "chosen"),
			newMeasure(c.Control, nil, "comparative", c.Task, c.Rule, which, "control"))
	}
	for _, b := range r.Best {
		out = append(out, newMeasure(b.Plain, nil, "best", b.Task, "plain"), newMeasure(b.Replaced, nil, "best", b.Task, "replaced"))
	}
	for _, p := range r.Probe {
		out = append(out, newMeasure(p.Top1.Mean, nil, "probe", p.Task))
	}
	return out
}

func newMeasure(value float64, items []float64, key ...string) Measure {
	m := Measure{Key: strings.Join(given(key...), "/"), Unit: "%", Value: value}
	if items != nil {
		m.Items = Strata{items}
	}
	return m
}

// means gives the mean over tasks in one order of mention.
func (r Report) means(order string, tasks []string) []Measure {
	var sign, two Measure
	n := 0
	for _, task := range tasks {
		for _, d := range r.Differences {
			if d.Task != task || d.Order != order {
				continue
			}
			m := d.measures()
			n++
			sign.Value, two.Value = sign.Value+m[0].Value, two.Value+m[1].Value
			sign.Items, two.Items = append(sign.Items, m[0].Items...), append(two.Items, m[1].Items...)
		}
	}
	if n == 0 {
		return nil
	}
	mean := func(m Measure, name string) Measure {
		return Measure{Key: "difference/mean/" + order + "/" + name, Unit: "%", Value: m.Value / float64(n), Items: m.Items}
	}
	return []Measure{mean(sign, "sign"), mean(two, "two_way")}
}

// measures gives sign and two-way accuracy, and the baseline where there is one.
func (d Difference) measures() []Measure {
	var sign, two, captions []float64
	if d.Items != nil {
		for i, x := range d.Items.Forward {
			sign = append(sign, 100*float64(one(x > 0)))
			if d.Items.Reversed != nil {
				two = append(two, 100*float64(one(x > d.Items.Reversed[i])))
			}
			if d.Items.Captions != nil {
				captions = append(captions, 100*float64(one(d.Items.Captions[i] > 0)))
			}
		}
	}
	out := []Measure{newMeasure(d.Sign, sign, "difference", d.Task, d.Order, "sign"), newMeasure(d.Two, two, "difference", d.Task, d.Order, "two_way")}
	if d.CapN > 0 {
		out = append(out, newMeasure(d.Captions, captions, "difference", d.Task, d.Order, "caption_difference"))
	}
	return out
}

// marks turns "10" into 100 and 0.
func marks(right string) []float64 {
	if right == "" {
		return nil
	}
	out := make([]float64, len(right))
	for i := range right {
		out[i] = 100 * float64(right[i]-'0')
	}
	return out
}
