package sample

import (
	"fmt"
	"strings"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/order"
)

// Splits of a plan. A pair lives in a split with both of its images.
const (
	Train      = "train"
	Validation = "validation"
)

// Caption is a caption of a chosen image, raw.
type Caption struct {
	ID  string `parquet:"id,optional"`
	Raw string `parquet:"raw,optional"`
}

// Text gives the caption as it is used: without white space around it.
func (c Caption) Text() string { return strings.TrimSpace(c.Raw) }

// Image is a chosen image: a row of images.parquet.
type Image struct {
	ID       string    `parquet:"image_id,optional"`
	FileName string    `parquet:"file_name,optional"`
	License  string    `parquet:"image_license,optional,dict"`
	URL      string    `parquet:"url,optional"`
	Width    int64     `parquet:"width,optional"`
	Height   int64     `parquet:"height,optional"`
	Split    string    `parquet:"split,optional,dict"`
	Chosen   string    `parquet:"caption_id,optional"` // the caption that stands for the image
	Captions []Caption `parquet:"captions,list"`       // all that are not empty, sorted by id
}

// Plan is the pairs of a run: pair k of a split is a function of the plan alone.
// It is immutable and safe for concurrent use.
type Plan struct {
	head   header
	images []Image // sorted by id
	splits map[string]split
	told   int // captions of each image that a pair tells, beside the chosen one
}

// Telling gives the same plan, whose pairs tell n captions of each image, as far
// as it has so many: the chosen one and then the others in the order of their ids.
// n below 2 leaves it as it is.
func (p *Plan) Telling(n int) *Plan {
	q := *p
	q.told = max(0, n-1)
	return &q
}

// split is the part of a plan that lives on some of the images.
type split struct {
	images []int // rows of Plan.images
	pairs  int64
	perm   order.Permutation // over the ordered pairs i != j
}

// Splits lists the splits that have pairs.
func (p *Plan) Splits() []string {
	var out []string
	for _, name := range []string{Train, Validation} {
		if p.splits[name].pairs > 0 {
			out = append(out, name)
		}
	}
	return out
}

// Len gives the number of pairs of a split.
func (p *Plan) Len(name string) int64 { return p.splits[name].pairs }

// BlockSize gives the number of pairs of a shard.
func (p *Plan) BlockSize() int64 { return p.head.BlockSize }

// Images lists the chosen images, sorted by id. The slice belongs to the plan.
func (p *Plan) Images() []Image { return p.images }

// Source names the captions file: the prefix of its ids, and its digest.
func (p *Plan) Source() (name, sha256 string) { return p.head.Source, p.head.CaptionsSHA256 }

// Seed gives the seed.
func (p *Plan) Seed() int64 { return p.head.Seed }

// Pair gives pair k of a split, 0 <= k < Len(split).
func (p *Plan) Pair(name string, k int64) (shards.Pair, error) {
	s, ok := p.splits[name]
	if !ok || k < 0 || k >= s.pairs {
		return shards.Pair{}, fmt.Errorf("pair %d of split %q is not in the plan", k, name)
	}
	a, b := ordered(s.perm.At(uint64(k)), uint64(len(s.images)))
	imgA, imgB := &p.images[s.images[a]], &p.images[s.images[b]]
	capA, capB := imgA.chosen(), imgB.chosen()
	return shards.Pair{
		Index: k, PairID: shards.PairID(p.head.Source, imgA.ID, imgB.ID, capA.ID, capB.ID), Split: name, Source: p.head.Source,
		ImageIDA: imgA.ID, ImageIDB: imgB.ID, FileNameA: imgA.FileName, FileNameB: imgB.FileName,
		CaptionIDA: capA.ID, CaptionIDB: capB.ID, CaptionA: capA.Text(), CaptionB: capB.Text(),
		ImageLicenseA: imgA.License, ImageLicenseB: imgB.License, MoreA: imgA.more(p.told), MoreB: imgB.more(p.told),
	}, nil
}

// ordered gives pair x of the n(n-1) ordered pairs of different items.
func ordered(x, n uint64) (a, b uint64) {
	a, b = x/(n-1), x%(n-1)
	if b >= a {
		b++
	}
	return a, b
}

func (i *Image) chosen() Caption {
	for _, c := range i.Captions {
		if c.ID == i.Chosen {
			return c
		}
	}
	return Caption{}
}

// more joins up to n captions beside the chosen one.
func (i *Image) more(n int) string {
	if n == 0 {
		return ""
	}
	var texts []string
	for _, c := range i.Captions {
		if c.ID != i.Chosen && len(texts) < n {
			texts = append(texts, c.Text())
		}
	}
	return strings.Join(texts, shards.CaptionMark)
}

// arrange cuts the images into splits and the pairs among them.
func (p *Plan) arrange() {
	p.splits = map[string]split{}
	rows := map[string][]int{}
	for i, img := range p.images {
		rows[img.Split] = append(rows[img.Split], i)
	}
	for name, images := range rows {
		space := uint64(len(images)) * uint64(len(images)-1)
		p.splits[name] = split{images: images, pairs: p.head.Pairs[name], perm: order.New(space, p.head.Seed, "pairs/"+name)}
	}
}

// space gives the number of ordered pairs of n images.
func space(n int) int64 { return int64(n) * int64(max(n-1, 0)) }
