package sets

import (
	"fmt"
	"strings"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/eval"
)

// imagesPerDraw is how many images the pairs of a draw are made of, as in the
// published evaluation; imagesOfBirds is that of CUB.
const (
	imagesPerDraw = 100
	imagesOfBirds = 200
)

// pair is a pair of images with a text of a relative to b.
type pair struct {
	task               string
	seed               int64
	order              string
	a, b               string
	text, reversed     string
	captionA, captionB string
}

// wording is how the differences of a task are told: frames with {x} for the
// word of image a and {y} for that of b, in either order of mention, and one
// with {x} for a caption of one image.
type wording struct {
	first, second []string
	caption       string
}

// wording reads differences/TASK.txt: rows of first, second or caption, and a
// frame.
func (r reader) wording(task string) (wording, error) {
	name := "differences/" + task + ".txt"
	rows, err := r.table(name, 2, 2)
	if err != nil {
		return wording{}, err
	}
	var w wording
	for _, row := range rows {
		wants := []string{"{x}", "{y}"}
		switch row[0] {
		case eval.OrderFirst:
			w.first = append(w.first, row[1])
		case eval.OrderSecond:
			w.second = append(w.second, row[1])
		case "caption":
			w.caption, wants = row[1], wants[:1]
		default:
			return wording{}, fault.Input("read", name, "begin the line with first, second or caption", "unknown word %.40q", row[0])
		}
		for _, want := range wants {
			if !strings.Contains(row[1], want) {
				return wording{}, fault.Input("read", name, "put {x} where the first image's word goes and {y} where the second's goes", "no %s in %q", want, row[1])
			}
		}
	}
	if len(w.first) == 0 || len(w.second) == 0 || w.caption == "" {
		return wording{}, fault.Input("read", name, "give at least one line of each", "first, second and caption are needed")
	}
	return w, nil
}

func fill(frame, x, y string) string { return strings.NewReplacer("{x}", x, "{y}", y).Replace(frame) }

// told makes the pairs, one in each order of mention, of the n-th pair of a
// draw: x is image a's word, y is image b's. Frames take turns.
func (w wording) told(p pair, n int, x, y string) []pair {
	p.captionA, p.captionB = fill(w.caption, x, ""), fill(w.caption, y, "")
	out := make([]pair, 0, 2)
	for _, o := range []struct {
		order  string
		frames []string
	}{{eval.OrderFirst, w.first}, {eval.OrderSecond, w.second}} {
		frame := o.frames[n%len(o.frames)]
		p.order, p.text, p.reversed = o.order, fill(frame, x, y), fill(frame, y, x)
		out = append(out, p)
	}
	return out
}

// seeds lists the seeds of the draws.
func (o Options) seeds() []int64 {
	out := make([]int64, o.Seeds)
	for k := range out {
		out[k] = o.Seed + int64(k)
	}
	return out
}

// testImages lists the images of the test split whose class passes.
func (s *Set) testImages(pass func(class int) bool) []int {
	var out []int
	for i, img := range s.Images {
		if img.Split == test && pass(img.Class) {
			out = append(out, i)
		}
	}
	return out
}

// draw draws up to n images of the pool: as many of each class as there are
// (PaperCompat: at random).
func (s *Set) draw(pool []int, n int, seed int64, task string) []int {
	if s.reader.PaperCompat {
		return drawn(pool, n, seed, "sets/"+task, 0)
	}
	return drawn(s.balanced(pool, n, seed, task), n, seed, "sets/"+task+"/mix", 0)
}

// balanced draws up to n images of the pool, one of each class after the other.
func (s *Set) balanced(pool []int, n int, seed int64, task string) []int {
	classes := s.byClass(pool)
	for c := range classes {
		classes[c] = drawn(classes[c], len(classes[c]), seed, "sets/"+task, c)
	}
	places := make([]int, len(classes))
	for c := range places {
		places[c] = c
	}
	places = drawn(places, len(places), seed, "sets/"+task+"/classes", 0)
	var out []int
	for round := 0; len(out) < min(n, len(pool)); round++ {
		for _, c := range places {
			if round < len(classes[c]) && len(out) < n {
				out = append(out, classes[c][round])
			}
		}
	}
	return out
}

// couples lists pairs of the drawn images that pass, the first drawn first, up
// to Options.Pairs at random (PaperCompat: all).
func (s *Set) couples(images []int, seed int64, task string, pass func(a, b int) bool) [][2]int {
	var all [][2]int
	for k, a := range images {
		for _, b := range images[k+1:] {
			if pass(a, b) {
				all = append(all, [2]int{a, b})
			}
		}
	}
	most := s.reader.Pairs
	if most == 0 || s.reader.PaperCompat || most >= len(all) {
		return all
	}
	index := make([]int, len(all))
	for i := range index {
		index[i] = i
	}
	out := make([][2]int, most)
	for k, i := range drawn(index, most, seed, "sets/"+task+"/pairs", 0) {
		out[k] = all[i]
	}
	return out
}

// pairs draws the difference tasks of the set.
func (s *Set) pairs() ([]pair, error) {
	var out []pair
	for _, task := range []func() ([]pair, error){s.groupPairs, s.attributePairs, s.sizePairs, s.captionPairs} {
		more, err := task()
		if err != nil {
			return nil, fmt.Errorf("draw the differences of %s: %w", s.Name, err)
		}
		out = append(out, more...)
	}
	return out, nil
}
