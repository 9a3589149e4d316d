package eval

import (
	"context"
	"fmt"
)

// Accuracy is the score of a classification, retrieval or probe task, in percent.
type Accuracy struct {
	Task  string  `json:"task"`
	N     int     `json:"n"`
	Top1  float64 `json:"top1"`            // classification; retrieval: image to text
	Back  float64 `json:"back,omitempty"`  // retrieval: text to image
	Right string  `json:"right,omitempty"` // "1" for each right answer, "0" for a wrong one, in the order of the task file, where Options.Items asks for them
	BackR string  `json:"back_right,omitempty"`
}

// classTask is a classification: prompts of its classes, images by split.
type classTask struct {
	name        string
	classes     []Item
	prompts     [][]float64
	images      map[string][]Item // by split
	comparisons []Item
}

// classTasks collects the classifications, in the order of their first item.
func classTasks(items []Item, t vectors) []*classTask {
	var out []*classTask
	index := map[string]*classTask{}
	for _, it := range items {
		if it.Kind != KindClass && it.Kind != KindClassify && it.Kind != KindComparison {
			continue
		}
		c := index[it.Task]
		if c == nil {
			c = &classTask{name: it.Task, images: map[string][]Item{}}
			index[it.Task] = c
			out = append(out, c)
		}
		switch it.Kind {
		case KindClass:
			c.classes, c.prompts = append(c.classes, it), append(c.prompts, t[it.Text])
		case KindComparison:
			c.comparisons = append(c.comparisons, it)
		default:
			if it.Split == "" {
				it.Split = SplitTest
			}
			c.images[it.Split] = append(c.images[it.Split], it)
		}
	}
	return out
}

// predict gives the label whose prompt lies nearest to each image; a tie goes
// to the class that stands first.
func (c *classTask) predict(ctx context.Context, images []Item, prompts [][]float64, v vectors) ([]string, error) {
	out := make([]string, len(images))
	for i, it := range images {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i] = c.classes[nearest(v[it.Image], prompts)].Label
	}
	return out, nil
}

// zeroShot counts test images whose nearest prompt is one of their label.
func (c *classTask) zeroShot(ctx context.Context, v vectors) (Accuracy, error) {
	images := c.images[SplitTest]
	if len(c.classes) == 0 || len(images) == 0 {
		return Accuracy{}, fmt.Errorf("score %s: the task has no classes or no test images", c.name)
	}
	labels, err := c.predict(ctx, images, c.prompts, v)
	if err != nil {
		return Accuracy{}, err
	}
	a := Accuracy{Task: c.name, N: len(images)}
	a.Top1, a.Right = accuracy(labels, images)
	return a, nil
}

// accuracy gives the share of right labels in percent, and which are right.
func accuracy(labels []string, images []Item) (percentRight float64, right string) {
	n, marks := 0, make([]byte, len(images))
	for i, it := range images {
		ok := one(labels[i] == it.Label)
		n += ok
		marks[i] = '0' + byte(ok)
	}
	return percent(n, len(images)), string(marks)
}
