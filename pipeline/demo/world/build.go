package world

// Split is a named part of the world with scenes of its own.
type Split struct {
	Name  string
	Count int  // images
	Held  bool // of the held-out kinds only
}

// Splits are the parts of the full world: pretrain for the small CLIP, diff
// for difference training, val and test for evaluation, held for kinds that
// are never trained on.
func Splits() []Split {
	return []Split{{"pretrain", 10000, false}, {"diff", 1000, false}, {"val", 1000, false}, {"test", 1500, false}, {"held", 500, true}}
}

// CaptionsPerImage is the number of captions of an image.
const CaptionsPerImage = 5

// Image is a scene with its captions; Pixels draws it.
type Image struct {
	Scene    Scene
	Captions [CaptionsPerImage]string
	seed     int64
	split    string
	index    int
}

// Draw draws image index of a split: the same for a seed on every machine,
// whatever else is drawn.
func Draw(seed int64, split Split, index int) Image {
	img := Image{seed: seed, split: split.Name, index: index}
	img.Scene = drawScene(newStream(seed, "%s/%d/scene", split.Name, index), split.Held)
	for i := range img.Captions {
		img.Captions[i] = img.Scene.caption(newStream(seed, "%s/%d/caption/%d", split.Name, index, i))
	}
	return img
}

// DrawSplit draws all images of a split.
func DrawSplit(seed int64, split Split) []Image {
	out := make([]Image, split.Count)
	for i := range out {
		out[i] = Draw(seed, split, i)
	}
	return out
}

// Pixels draws the image: Pixels x Pixels x RGB, 8 bits, row by row.
func (i Image) Pixels() []uint8 {
	return i.Scene.render(newStream(i.seed, "%s/%d/noise", i.split, i.index))
}
