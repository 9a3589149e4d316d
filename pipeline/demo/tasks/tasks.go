// Package tasks draws the evaluation of a demo world: what a model is asked
// about images that it has not seen.
package tasks

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/shards/order"
	"github.com/pcclip/pcclip/train/eval"
)

// Pairs is the usual number of pairs of a difference task.
const Pairs = 500

// frame is a sentence with {x} for image a's word and {y} for image b's.
type frame string

func (f frame) fill(x, y string) string {
	return strings.NewReplacer("{x}", x, "{y}", y).Replace(string(f))
}

// Frames of templates, in wordings the writer never uses: the first list names
// the first image first, as the paper's templates do, the second the second.
var (
	sizeFrames = [2][]frame{
		{"The first image has a {x} object and the second image has a {y} object.", "A {x} shape is seen in the first picture and a {y} shape in the second picture.", "The first image contains the {x} shape and the second image contains the {y} shape.", "The object of the first image is {x} than that of the second image.", "Something {x} is in the first image and something {y} is in the second image."},
		{"The second image has a {y} object and the first image has a {x} object.", "A {y} shape is seen in the second picture and a {x} shape in the first picture.", "The second image contains the {y} shape and the first image contains the {x} shape.", "The object of the second image is {y} than that of the first image.", "Something {y} is in the second image and something {x} is in the first image."},
	}
	countFrames = [2][]frame{
		{"The first image has {x} objects and the second image has {y} objects.", "There are {x} shapes in the first picture and {y} shapes in the second picture.", "The first contains {x} objects, the second contains {y} objects.", "The first image shows {x} shapes than the second image."},
		{"The second image has {y} objects and the first image has {x} objects.", "There are {y} shapes in the second picture and {x} shapes in the first picture.", "The second contains {y} objects, the first contains {x} objects.", "The second image shows {y} shapes than the first image."},
	}
	numberFrames = [2][]frame{
		{"The first image has {x} and the second image has {y}.", "There is {x} in the first picture and {y} in the second picture.", "The first contains {x}, the second contains {y}."},
		{"The second image has {y} and the first image has {x}.", "There is {y} in the second picture and {x} in the first picture.", "The second contains {y}, the first contains {x}."},
	}
	kindFrames       = [2][]frame{{"The first image has {x} and the second image has {y}."}, {"The second image has {y} and the first image has {x}."}}
	listFrames       = []frame{"The first image has {x}, and the second image has {y}.", "The second image has {y}, and the first image has {x}."}
	hasNotFrames     = []frame{"The first image has {x} but not {y}."}
	lightFrames      = [2][]frame{{"The first image was taken in {x} light and the second image in {y} light."}, {"The second image was taken in {y} light and the first image in {x} light."}}
	backgroundFrames = [2][]frame{{"The background of the first image is {x} and that of the second image is {y}."}, {"The background of the second image is {y} and that of the first image is {x}."}}
)

var orders = [2]string{eval.OrderFirst, eval.OrderSecond}

// builder draws the evaluation of one world.
type builder struct {
	r      *rand.Rand
	writer world.Writer
	images map[string][]world.Image // by split
	pairs  int                      // of a task
	items  []eval.Item
}

// Draw draws the evaluation of a world: test images for most tasks, held ones
// for kinds that were never trained on, val ones for what is chosen, diff ones
// for a linear probe. images are those of each split, pairs the number of pairs
// of a task.
func Draw(seed int64, writer world.Writer, images map[string][]world.Image, pairs int) []eval.Item {
	t := &builder{r: rand.New(rand.NewPCG(order.Hash(seed, "demo/tasks"), 1)), writer: writer, images: images, pairs: pairs}
	t.contrast("size", sizeFrames, "larger", "smaller", func(s world.Scene) string { return s.Size }, "large", "small", sizePrompt)
	t.contrast("count", countFrames, "more", "fewer", count, "3", "1", countPrompt)
	t.contrast("number", numberFrames, "three objects", "one object", count, "3", "1", countPrompt)
	t.attribute("colour", kindFrames, world.Colours, func(s world.Scene) string { return s.Colour }, func(w string) string { return world.Article(w + " object") })
	t.attribute("shape", kindFrames, world.Shapes, func(s world.Scene) string { return s.Shape }, world.Article)
	t.attribute("pattern", backgroundFrames, world.Patterns, func(s world.Scene) string { return s.Pattern }, itself)
	t.attribute("background", backgroundFrames, world.Backs, func(s world.Scene) string { return s.Back }, itself)
	t.attribute("light", lightFrames, world.Lights, func(s world.Scene) string { return s.Light }, itself)
	t.lists("list", "test", listFrames)
	t.free("free", "test")
	t.lists("list held", "held", listFrames[:1])
	t.free("free held", "held")
	t.lists("has not", "test", hasNotFrames)
	t.zeroShot("colour", "test", world.Colours, func(s world.Scene) string { return s.Colour }, func(w string) string { return w + " object" })
	t.zeroShot("shape", "test", world.Shapes, func(s world.Scene) string { return s.Shape }, itself)
	t.zeroShot("colour+shape", "test", kinds(), kind, itself)
	t.zeroShot("colour+shape held", "held", kinds(), kind, itself)
	t.described("colour+shape described", "test")
	t.choices("colour+shape")
	t.comparisons("colour+shape")
	t.retrieval("captions", "test")
	t.deltas("free delta")
	return t.items
}

func itself(w string) string         { return w }
func count(s world.Scene) string     { return fmt.Sprint(s.Count) }
func kind(s world.Scene) string      { return s.Colour + " " + s.Shape }
func sizePrompt(value string) string { return "This is a photo of a " + value + " object" }
func photo(what string) string       { return "This is a photo of " + world.Article(what) }
func countPrompt(value string) string {
	if value == "3" {
		return "There are three objects"
	}
	return "There is one object"
}

func kinds() []string {
	var out []string
	for _, c := range world.Colours {
		for _, s := range world.Shapes {
			out = append(out, c+" "+s)
		}
	}
	return out
}

// lone lists the images without companion whose attribute has the value.
func lone(images []world.Image, attribute func(world.Scene) string, value string) []int {
	var out []int
	for i, img := range images {
		if img.Scene.Companion == nil && attribute(img.Scene) == value {
			out = append(out, i)
		}
	}
	return out
}

// cross draws one of each list; half of the time the second comes first.
func (t *builder) cross(a, b []int) (i, j int, swapped bool) {
	i, j = a[t.r.IntN(len(a))], b[t.r.IntN(len(b))]
	if t.r.IntN(2) == 0 {
		return i, j, false
	}
	return j, i, true
}

// contrast is a task with two values and two words, in both orders of mention.
func (t *builder) contrast(task string, frames [2][]frame, more, less string,
	attribute func(world.Scene) string, high, low string, prompt func(string) string,
) {
	highs, lows := lone(t.images["test"], attribute, high), lone(t.images["test"], attribute, low)
	if len(highs) == 0 || len(lows) == 0 {
		return
	}
	for n := range t.pairs {
		i, j, swapped := t.cross(highs, lows)
		x, y, a, b := more, less, high, low
		if swapped {
			x, y, a, b = y, x, b, a
		}
		t.both(eval.Item{Task: task, CaptionA: prompt(a), CaptionB: prompt(b)}, i, j, frames, n, x, y)
	}
}

// attribute is a task over all pairs of an attribute's values.
func (t *builder) attribute(task string, frames [2][]frame, values []string,
	attribute func(world.Scene) string, phrase func(string) string,
) {
	kinds := len(values) * (len(values) - 1) / 2
	for v, a := range values {
		for _, b := range values[v+1:] {
			as, bs := lone(t.images["test"], attribute, a), lone(t.images["test"], attribute, b)
			if len(as) == 0 || len(bs) == 0 {
				continue
			}
			for n := range max(min(20, t.pairs), t.pairs/kinds) {
				i, j, swapped := t.cross(as, bs)
				x, y := a, b
				if swapped {
					x, y = b, a
				}
				t.both(eval.Item{
					Task: task, Group: a + ", " + b, CaptionA: "This is a photo of " + phrase(x), CaptionB: "This is a photo of " + phrase(y),
				}, i, j, frames, n, phrase(x), phrase(y))
			}
		}
	}
}

// both adds a pair of test images in both orders of mention: x is said of image
// i, y of image j, in reversed texts the other way round.
func (t *builder) both(it eval.Item, i, j int, frames [2][]frame, n int, x, y string) {
	it.Kind, it.ImageA, it.ImageB = eval.KindDifference, world.FileName("test", i), world.FileName("test", j)
	for o, list := range frames {
		f := list[n%len(list)]
		it.Order, it.Text, it.Reversed = orders[o], f.fill(x, y), f.fill(y, x)
		t.items = append(t.items, it)
	}
}

// lists names what each image has that the other has not, as the paper's
// attribute lists do; frames stand for the orders of mention.
func (t *builder) lists(task, split string, frames []frame) {
	images := t.images[split]
	for range t.pairs {
		i, j := t.r.IntN(len(images)), t.r.IntN(len(images))
		a, b := attributes(images[i].Scene), attributes(images[j].Scene)
		onlyA, onlyB := without(a, b), without(b, a)
		if onlyA == "" || onlyB == "" {
			continue
		}
		for o, f := range frames {
			t.items = append(t.items, eval.Item{
				Kind: eval.KindDifference, Task: task, Order: orders[o], ImageA: world.FileName(split, i), ImageB: world.FileName(split, j),
				Text: f.fill(onlyA, onlyB), Reversed: f.fill(onlyB, onlyA), CaptionA: "This is a photo of " + onlyA, CaptionB: "This is a photo of " + onlyB,
			})
		}
	}
}

func attributes(s world.Scene) []string {
	size := s.Size
	if size == "medium" {
		size = "medium-sized"
	}
	return []string{s.Colour, s.Shape, size, world.Counts[s.Count-1], s.Pattern + " background", s.Back + " background", s.Light + " light"}
}

func without(a, b []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(a), func(w string) bool { return slices.Contains(b, w) }), ", ")
}
