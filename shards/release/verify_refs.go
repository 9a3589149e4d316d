package release

import (
	"fmt"

	"github.com/pcclip/pcclip/shards"
)

// image is the part of images.parquet that rows refer to.
type image struct {
	ID    string `parquet:"image_id,optional"`
	Split string `parquet:"split,optional,dict"`
}

// imageSplits gives the split of every image: an image in two would leak.
func (v *verifier) imageSplits() (map[string]string, error) {
	out := map[string]string{}
	index := int64(0)
	for img, err := range shards.ReadTable[image](v.path(imagesFile)) {
		if err != nil {
			v.bad(imagesFile, "%s", v.short(err))
			return out, nil
		}
		if _, twice := out[img.ID]; twice {
			v.add(Problem{File: imagesFile, Row: index, Column: "image_id", What: fmt.Sprintf("image %s stands twice", img.ID)})
		}
		out[img.ID] = img.Split
		index++
	}
	return out, v.ctx.Err()
}
