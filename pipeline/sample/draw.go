package sample

import (
	"cmp"
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/shards/order"
)

// Draw draws a plan. The file is scanned twice: once for which images have
// captions, once for the captions of those chosen. The plan does not depend on
// the order of the file.
func Draw(ctx context.Context, o Options) (*Plan, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	source, err := dataset.Open(o.Captions, o.Format)
	if err != nil {
		return nil, err
	}
	index := &index{images: map[string]string{}, captions: map[string]int{}}
	if err := source.Scan(ctx, index); err != nil {
		return nil, err
	}
	unknown, example := index.unknown()
	if o.Strict && unknown > 0 {
		return nil, fault.Input("sample", o.Captions, "repair the file, or leave out --strict", "%d captions of unknown images, the first of image %s", unknown, example)
	}
	chosen, missing, err := index.choose(ctx, o)
	if err != nil {
		return nil, err
	}
	images := &collector{chosen: chosen, images: map[string]*Image{}}
	if err := source.Scan(ctx, images); err != nil {
		return nil, err
	}
	sum, err := source.SHA256()
	if err != nil {
		return nil, err
	}
	if err := source.Unchanged(); err != nil {
		return nil, err
	}
	p := &Plan{images: images.sorted(o)}
	p.head = header{
		Version: version, Seed: o.Seed, Source: source.Name(), Captions: filepath.Base(o.Captions), CaptionsSHA256: sum, Format: string(source.Format()),
		ImagesWithCaptions: index.usable(), ImagesLimit: o.ImagesLimit, Images: len(p.images), ValidationShare: o.ValidationShare,
		PairsAsked: o.Pairs, BlockSize: o.BlockSize, UnknownImageCaptions: unknown, MissingImages: missing, SplitRule: splitRule,
	}
	p.count()
	p.arrange()
	return p, nil
}

// count settles the pairs of each split: the validation's share of what was
// asked, the rest for training, each at most what its images allow.
func (p *Plan) count() {
	images := map[string]int{}
	for _, img := range p.images {
		images[img.Split]++
	}
	p.head.Space = map[string]int64{Train: space(images[Train]), Validation: space(images[Validation])}
	validation := min(int64(math.Round(float64(p.head.PairsAsked)*p.head.ValidationShare)), p.head.Space[Validation])
	p.head.Pairs = map[string]int64{Train: min(p.head.PairsAsked-validation, p.head.Space[Train]), Validation: validation}
	p.head.ImagesBySplit = images
}

// index is the first scan: which images have a caption that is not empty.
type index struct {
	images   map[string]string // file names by id
	captions map[string]int
}

// Image takes an image; an id that stands twice makes a plan impossible.
func (x *index) Image(img dataset.Image) error {
	if _, twice := x.images[img.ID]; twice {
		return fault.Input("sample", "image "+img.ID, "repair the captions file: which of the two does a caption mean?", "the id stands twice")
	}
	x.images[img.ID] = img.FileName
	return nil
}

// Caption counts a caption.
func (x *index) Caption(c dataset.Caption) error {
	if c.Text() != "" {
		x.captions[c.ImageID]++
	}
	return nil
}

func (x *index) unknown() (count int, example string) {
	for id, n := range x.captions {
		if _, known := x.images[id]; !known {
			count += n
			if example == "" || dataset.CompareIDs(id, example) < 0 {
				example = id
			}
		}
	}
	return count, example
}

func (x *index) usable() int {
	n := 0
	for id := range x.images {
		if x.captions[id] > 0 {
			n++
		}
	}
	return n
}

// choose takes the first images of the keyed permutation over all that have a
// caption, in the order of their ids; those without a file in the images folder,
// where there is one, are passed over and counted.
func (x *index) choose(ctx context.Context, o Options) (chosen map[string]bool, missing int, err error) {
	var ids []string
	for id := range x.images {
		if x.captions[id] > 0 {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, dataset.CompareIDs)
	has, done, err := fileLookup(o.ImagesDir)
	if err != nil {
		return nil, 0, err
	}
	defer done()
	wanted := len(ids)
	if o.ImagesLimit > 0 {
		wanted = min(wanted, o.ImagesLimit)
	}
	perm := order.New(uint64(len(ids)), o.Seed, "images")
	chosen = make(map[string]bool, wanted)
	for k := 0; k < len(ids) && len(chosen) < wanted; k++ {
		id := ids[perm.At(uint64(k))]
		there, err := has(x.images[id])
		switch {
		case err != nil:
			return nil, 0, err
		case ctx.Err() != nil:
			return nil, 0, ctx.Err()
		case there:
			chosen[id] = true
		default:
			missing++
		}
	}
	switch {
	case len(chosen) < 2 && missing > 0:
		return nil, 0, fault.Input("sample", o.ImagesDir, "give --images the folder that the file names are relative to", "%d images with a caption have no file there", missing)
	case len(chosen) < 2:
		return nil, 0, fault.Input("sample", o.Captions, "give a file with captions of at least two images", "%d images have a caption", len(chosen))
	}
	return chosen, missing, nil
}

// fileLookup says whether an image's file is in a folder; without a folder all
// are taken to be somewhere.
func fileLookup(dir string) (has func(name string) (bool, error), done func(), err error) {
	if dir == "" {
		return func(string) (bool, error) { return true, nil }, func() {}, nil
	}
	images, err := dataset.OpenImages(dir)
	if err != nil {
		return nil, nil, err
	}
	return images.Has, func() { images.Close() }, nil
}

// collector is the second scan: the chosen images with all their captions.
type collector struct {
	chosen map[string]bool
	images map[string]*Image
}

func (c *collector) at(id string) *Image {
	if c.images[id] == nil {
		c.images[id] = &Image{}
	}
	return c.images[id]
}

// Image keeps a chosen image.
func (c *collector) Image(img dataset.Image) error {
	if c.chosen[img.ID] {
		i := c.at(img.ID)
		i.ID, i.FileName, i.License, i.URL = img.ID, img.FileName, img.License, img.URL
		i.Width, i.Height = int64(img.Width), int64(img.Height)
	}
	return nil
}

// Caption keeps a caption of a chosen image.
func (c *collector) Caption(x dataset.Caption) error {
	if c.chosen[x.ImageID] && x.Text() != "" {
		i := c.at(x.ImageID)
		i.Captions = append(i.Captions, Caption{ID: x.ID, Raw: x.Raw})
	}
	return nil
}

// sorted gives the images in the order of their ids, each with its split and
// the caption that stands for it.
func (c *collector) sorted(o Options) []Image {
	out := make([]Image, 0, len(c.images))
	for _, img := range c.images {
		slices.SortFunc(img.Captions, func(a, b Caption) int {
			return cmp.Or(dataset.CompareIDs(a.ID, b.ID), strings.Compare(a.Raw, b.Raw)) // an id may stand twice
		})
		img.Chosen = img.Captions[order.Hash(o.Seed, "caption/"+img.ID)%uint64(len(img.Captions))].ID
		img.Split = Train
		if order.Unit(o.Seed, "split/"+img.ID) < o.ValidationShare {
			img.Split = Validation
		}
		out = append(out, *img)
	}
	slices.SortFunc(out, func(a, b Image) int { return dataset.CompareIDs(a.ID, b.ID) })
	return out
}
