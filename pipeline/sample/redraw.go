package sample

import (
	"context"

	"github.com/pcclip/pcclip/pipeline/dataset"
	"github.com/pcclip/pcclip/shards/fault"
)

// Redraw draws the plan of a folder anew from the captions file that it was made
// of, which may have another name now, and the images folder where images without
// a file were passed over. It is the same plan, or an error.
func Redraw(ctx context.Context, dir, captions, images string) (*Plan, error) {
	old, err := readHeader(dir)
	if err != nil {
		return nil, err
	}
	if old.MissingImages > 0 && images == "" {
		return nil, fault.Input("draw plan", dir, "give --images, the folder it was drawn with", "%d images without a file were passed over", old.MissingImages)
	}
	p, err := Draw(ctx, Options{
		Captions: captions, Format: dataset.Format(old.Format), ImagesDir: images, ImagesLimit: old.ImagesLimit, Pairs: old.PairsAsked, Seed: old.Seed,
		ValidationShare: old.ValidationShare, BlockSize: old.BlockSize,
	})
	if err != nil {
		return nil, err
	}
	if p.head.CaptionsSHA256 != old.CaptionsSHA256 {
		return nil, fault.Input("draw plan", captions, "give "+old.Captions+" as it was", "its SHA-256 is %s, that of the plan's captions %s", p.head.CaptionsSHA256, old.CaptionsSHA256)
	}
	p.head.Captions = old.Captions
	return p, p.compare(old, dir)
}
