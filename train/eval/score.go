package eval

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// minDelta is the shortest image difference that has a direction.
const minDelta = 1e-12

// Difference is the score of a difference task in one order of mention.
// Accuracies are in percent.
type Difference struct {
	Task     string  `json:"task"`
	Order    string  `json:"order"`
	N        int     `json:"n"`
	Skipped  int     `json:"skipped,omitempty"`  // pairs of equal images
	Sign     float64 `json:"sign"`               // cos(text, a - b) > 0
	Two      float64 `json:"two_way"`            // text fits a - b better than the reversed text does
	TwoN     int     `json:"two_way_n"`          // pairs with a reversed text
	Captions float64 `json:"caption_difference"` // sign with caption a - caption b for the text: no training needed
	CapN     int     `json:"caption_difference_n"`
	Cosine   float64 `json:"cosine"` // mean cosine of text and a - b
}

// Accuracy is the score of a classification or retrieval task, in percent.
type Accuracy struct {
	Task string  `json:"task"`
	N    int     `json:"n"`
	Top1 float64 `json:"top1"`           // classification; retrieval: image to text
	Back float64 `json:"back,omitempty"` // retrieval: text to image
}

// Report is what a model scores on a task file.
type Report struct {
	Differences []Difference `json:"differences"`
	ZeroShot    []Accuracy   `json:"zero_shot"`
	Retrieval   []Accuracy   `json:"retrieval"`
}

// Score scores an embedder; each distinct text and image is embedded once.
// Tasks stand in the order of their first item. ErrVectors says that the
// embedder's vectors cannot be compared.
func Score(ctx context.Context, items []Item, e Embedder) (Report, error) {
	var texts, images []string
	for _, it := range items {
		for _, t := range []string{it.Text, it.Reversed, it.CaptionA, it.CaptionB} {
			if t != "" {
				texts = append(texts, t)
			}
		}
		for _, i := range []string{it.ImageA, it.ImageB, it.Image} {
			if i != "" {
				images = append(images, i)
			}
		}
	}
	t, err := embed(ctx, texts, e.Texts)
	if err != nil {
		return Report{}, fmt.Errorf("embed task texts: %w", err)
	}
	v, err := embed(ctx, images, e.Images)
	if err != nil {
		return Report{}, fmt.Errorf("embed task images: %w", err)
	}
	if err := sameSpace(t, v); err != nil {
		return Report{}, fmt.Errorf("score tasks: %w", err)
	}
	var r Report
	for _, group := range groups(items, KindDifference) {
		r.Differences = append(r.Differences, difference(group, t, v))
	}
	for _, group := range groups(items, KindClassify) {
		a, err := classify(ctx, group, classes(items, group[0].Task), t, v)
		if err != nil {
			return Report{}, err
		}
		r.ZeroShot = append(r.ZeroShot, a)
	}
	for _, group := range groups(items, KindRetrieve) {
		a, err := retrieve(ctx, group, t, v)
		if err != nil {
			return Report{}, err
		}
		r.Retrieval = append(r.Retrieval, a)
	}
	return r, nil
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

func difference(items []Item, t, v vectors) Difference {
	d := Difference{Task: items[0].Task, Order: items[0].Order}
	var sign, two, caps int
	for _, it := range items {
		delta := sub(v[it.ImageA], v[it.ImageB])
		length := dot(delta, delta)
		if length < minDelta {
			d.Skipped++
			continue
		}
		d.N++
		forward := dot(t[it.Text], delta)
		sign += one(forward > 0)
		d.Cosine += forward / math.Sqrt(length)
		if it.Reversed != "" {
			d.TwoN++
			two += one(forward > dot(t[it.Reversed], delta))
		}
		if it.CaptionA != "" {
			d.CapN++
			caps += one(dot(sub(t[it.CaptionA], t[it.CaptionB]), delta) > 0)
		}
	}
	d.Sign, d.Two, d.Captions = percent(sign, d.N), percent(two, d.TwoN), percent(caps, d.CapN)
	if d.N > 0 {
		d.Cosine /= float64(d.N)
	}
	return d
}

func classes(items []Item, task string) []Item {
	var out []Item
	for _, it := range items {
		if it.Kind == KindClass && it.Task == task {
			out = append(out, it)
		}
	}
	return out
}

// classify counts images whose nearest prompt is one of their label; a tie goes
// to the class that stands first.
func classify(ctx context.Context, items, classes []Item, t, v vectors) (Accuracy, error) {
	if len(classes) == 0 {
		return Accuracy{}, fmt.Errorf("score %s: the task has no classes", items[0].Task)
	}
	prompts := make([][]float64, len(classes))
	for i, c := range classes {
		prompts[i] = t[c.Text]
	}
	right := 0
	for _, it := range items {
		if err := ctx.Err(); err != nil {
			return Accuracy{}, err
		}
		right += one(classes[nearest(v[it.Image], prompts)].Label == it.Label)
	}
	return Accuracy{Task: items[0].Task, N: len(items), Top1: percent(right, len(items))}, nil
}

// retrieve counts images nearest to their own text and texts nearest to their
// own image; a tie goes to the one that stands first.
func retrieve(ctx context.Context, items []Item, t, v vectors) (Accuracy, error) {
	texts, images := make([][]float64, len(items)), make([][]float64, len(items))
	for i, it := range items {
		texts[i], images[i] = t[it.Text], v[it.Image]
	}
	there, back := 0, 0
	for i, it := range items {
		if err := ctx.Err(); err != nil {
			return Accuracy{}, err
		}
		there += one(items[nearest(images[i], texts)].Text == it.Text)
		back += one(items[nearest(texts[i], images)].Image == it.Image)
	}
	return Accuracy{Task: items[0].Task, N: len(items), Top1: percent(there, len(items)), Back: percent(back, len(items))}, nil
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
