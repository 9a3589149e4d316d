package eval

import "context"

// retrieve counts images nearest to a text of their own and texts nearest to
// their own image. An image with several texts stands once among the images; a
// tie goes to what stands first.
func retrieve(ctx context.Context, items []Item, t, v vectors) (Accuracy, error) {
	a := Accuracy{Task: items[0].Task}
	var images []string
	own := map[[2]string]bool{}
	seen := map[string]bool{}
	texts := make([][]float64, len(items))
	for i, it := range items {
		texts[i] = t[it.Text]
		own[[2]string{it.Image, it.Text}] = true
		if !seen[it.Image] {
			seen[it.Image], images = true, append(images, it.Image)
		}
	}
	pictures := make([][]float64, len(images))
	for i, name := range images {
		pictures[i] = v[name]
	}
	there, back := make([]byte, len(images)), make([]byte, len(items))
	hits, backHits := 0, 0
	for i, name := range images {
		if err := ctx.Err(); err != nil {
			return Accuracy{}, err
		}
		ok := one(own[[2]string{name, items[nearest(pictures[i], texts)].Text}])
		hits, there[i] = hits+ok, '0'+byte(ok)
	}
	for i, it := range items {
		if err := ctx.Err(); err != nil {
			return Accuracy{}, err
		}
		ok := one(own[[2]string{images[nearest(texts[i], pictures)], it.Text}])
		backHits, back[i] = backHits+ok, '0'+byte(ok)
	}
	a.N, a.Top1, a.Back = len(images), percent(hits, len(images)), percent(backHits, len(items))
	a.Right, a.BackR = string(there), string(back)
	return a, nil
}
