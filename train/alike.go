package train

import (
	"cmp"
	"math"
	"slices"
)

// keepAlike keeps the samples whose two images are alike to a degree: of all
// samples in the order of the cosine of their unit embeddings, the least alike
// first, those from the share from up to the share to, in [0, 1]. The others go;
// those that stay keep their order.
func (d *differences) keepAlike(from, to float64) {
	n := d.len()
	first, end := int(math.Round(from*float64(n))), int(math.Round(to*float64(n)))
	ranked := make([]int, n)
	cosines := make([]float64, n)
	for i := range ranked {
		ranked[i], cosines[i] = i, d.cosine(i)
	}
	slices.SortStableFunc(ranked, func(i, j int) int { return cmp.Compare(cosines[i], cosines[j]) })
	kept := slices.Sorted(slices.Values(ranked[first:end]))
	for k, i := range kept {
		d.first[k], d.mirror[k], d.a[k], d.b[k] = d.first[i], d.mirror[i], d.a[i], d.b[i]
	}
	d.first, d.mirror, d.a, d.b = d.first[:len(kept)], d.mirror[:len(kept)], d.a[:len(kept)], d.b[:len(kept)]
}

// cosine is that of the unit embeddings of a sample's two images.
func (d *differences) cosine(i int) (sum float64) {
	b := d.table.Vector(int(d.b[i]))
	for k, x := range d.table.Vector(int(d.a[i])) {
		sum += float64(x) * float64(b[k])
	}
	return sum
}
