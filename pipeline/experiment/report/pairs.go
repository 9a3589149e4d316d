package report

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"

	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/train/eval"
)

const (
	examplesPerTask = 2
	hardestFirst    = 2 // of a task, first image named first
	hardestSecond   = 1 // ... second image named first
)

// pair is two images, the text of their difference and its scores.
type pair struct {
	Task     string  `json:"task"`
	Order    string  `json:"order"`
	Seed     int64   `json:"seed"`
	A        picture `json:"image_a"`
	B        picture `json:"image_b"`
	Text     string  `json:"text"`
	Reversed string  `json:"reversed,omitempty"`
	Scores   []score `json:"scores"` // the base, then the main model
	margin   float64 // of the main model: below 0 it is wrong
}

// pairs shows pairs of the first seed that both models have scored: some taken
// by their place in the task file, and those that the main model gets most
// wrong. Both are of the headline's tasks.
func pairs(k *kept) (examples, hardest []pair, err error) {
	files := k.plan.Files(k.dir, k.plan.Seeds[0])
	items, err := eval.ReadTasks(files.Tasks())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for _, order := range []string{eval.OrderFirst, eval.OrderSecond} {
		for _, task := range k.plan.Means {
			all := k.scored(items, task, order)
			worst := hardestSecond
			if order == eval.OrderFirst {
				worst = hardestFirst
				for i := range min(examplesPerTask, len(all)) {
					examples = append(examples, all[(2*i+1)*len(all)/(2*examplesPerTask)])
				}
			}
			hardest = append(hardest, wrongest(all, worst)...)
		}
	}
	return examples, hardest, show(files.Images(), examples, hardest)
}

// wrongest gives the n pairs with the lowest margins, wrong ones alone, no image
// twice.
func wrongest(all []pair, n int) []pair {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b pair) int { return cmp.Compare(a.margin, b.margin) })
	var out []pair
	seen := map[string]bool{}
	for _, p := range all {
		if len(out) == n || p.margin > 0 {
			break
		}
		if !seen[p.A.Name] && !seen[p.B.Name] {
			out = append(out, p)
			seen[p.A.Name], seen[p.B.Name] = true, true
		}
	}
	return out
}

// scored lists the pairs of a task and order that both models have scored.
func (k *kept) scored(items []eval.Item, task, order string) []pair {
	var of []eval.Item
	for _, it := range items {
		if it.Kind == eval.KindDifference && it.Task == task && (it.Order == order || it.Order == "" && order == eval.OrderFirst) {
			of = append(of, it)
		}
	}
	base, model := k.items(experiment.Base, task, order), k.items(k.main(), task, order)
	if base == nil || model == nil || !slices.Equal(base.Index, model.Index) || len(base.Index) == 0 || slices.Max(base.Index) >= len(of) {
		return nil // scored on other items: nothing to show
	}
	var out []pair
	for i, place := range base.Index {
		it := of[place]
		p := pair{
			Task: task, Order: order, Seed: k.plan.Seeds[0], Text: it.Text, Reversed: it.Reversed,
			A: picture{Name: it.ImageA, Caption: it.CaptionA}, B: picture{Name: it.ImageB, Caption: it.CaptionB},
			Scores: []score{scoreOf(experiment.Base, base, i), scoreOf(k.main(), model, i)},
		}
		p.margin = p.Scores[1].margin()
		out = append(out, p)
	}
	return out
}

func (k *kept) items(model, task, order string) *eval.ItemScores {
	c := k.cells[0][model]
	if c == nil {
		return nil
	}
	for _, d := range c.Report.Differences {
		if d.Task == task && d.Order == order {
			return d.Items
		}
	}
	return nil
}

// show loads the pictures of the pairs. One that cannot be shown is named on the
// page; a folder that is gone leaves all unshown.
func show(dir string, lists ...[]pair) error {
	images, err := dataset.OpenImages(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer images.Close()
	for _, list := range lists {
		for i := range list {
			list[i].A.load(images)
			list[i].B.load(images)
		}
	}
	return nil
}
