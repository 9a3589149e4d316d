package train

import "github.com/pcclip/pcclip/train/loss"

// sampleBatch is one batch: B texts as token ids, deltas [B,D] row-major.
type sampleBatch struct {
	texts   [][]int32
	deltas  []float32
	rows    loss.Rows // of what each was made
	pairs   []string  // pair ids
	skipped int       // samples between equal embeddings
}

// batch gathers samples, each followed by its reversed difference where it has
// one; differences between equal embeddings are left out.
func (d *differences) batch(samples []int) sampleBatch {
	var out sampleBatch
	for _, i := range samples {
		delta, ok := d.delta(i)
		if !ok {
			out.skipped++
			continue
		}
		d.add(&out, d.first[d.texts[i]], d.a[i], d.b[i], delta)
		if mirror := d.mirror[d.texts[i]]; mirror >= 0 {
			back := make([]float32, len(delta))
			for k, x := range delta {
				back[k] = -x
			}
			d.add(&out, mirror, d.b[i], d.a[i], back)
		}
		for len(out.pairs) < len(out.texts) {
			out.pairs = append(out.pairs, d.set.PairID(d.first[i]))
		}
	}
	return out
}

// add appends the text of a row of the set with the difference between two
// images.
func (d *differences) add(out *sampleBatch, row int, a, b int32, delta []float32) {
	out.deltas = append(out.deltas, delta...)
	out.texts = append(out.texts, d.set.Tokens(row))
	if b < 0 {
		b = a // a caption's one image
	}
	out.rows.A, out.rows.B = append(out.rows.A, int64(a)), append(out.rows.B, int64(b))
	if d.alike != nil {
		out.rows.Text = append(out.rows.Text, d.alike[row])
	}
}
