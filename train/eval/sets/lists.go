package sets

import (
	"strings"

	"github.com/pcclip/pcclip/train/eval"
)

// attributePairs draws the tasks that tell what attributes only one of the
// images' classes has: AwA2's, and CUB's where it comes with attributes.
func (s *Set) attributePairs() ([]pair, error) {
	if s.attributes == nil || s.Name == "cub" && s.reader.PaperCompat {
		return nil, nil
	}
	task, n := s.Name+"-attributes", imagesPerDraw
	if s.Name == "cub" {
		n = imagesOfBirds
	}
	w, err := s.reader.wording(task)
	if err != nil {
		return nil, err
	}
	pool := s.testImages(func(int) bool { return true })
	var out []pair
	for _, seed := range s.reader.seeds() {
		images := s.draw(pool, n, seed, task)
		for n, ab := range s.couples(images, seed, task, s.otherClasses) {
			p := pair{task: task, seed: seed, a: s.Images[ab[0]].Name, b: s.Images[ab[1]].Name}
			if s.reader.PaperCompat {
				out = append(out, s.paperLists(p, w, s.Images[ab[0]].Class, s.Images[ab[1]].Class))
				continue
			}
			if x, y, ok := s.attributes.texts(s.Images[ab[0]].Class, s.Images[ab[1]].Class, seed, n); ok {
				out = append(out, w.told(p, n, x, y)...)
			}
		}
	}
	return out, nil
}

func (s *Set) otherClasses(a, b int) bool { return s.Images[a].Class != s.Images[b].Class }

// paperLists tells all attributes of the published lists, in their order.
func (s *Set) paperLists(p pair, w wording, classA, classB int) pair {
	x := strings.Join(s.attributes.only(classA, classB), ", ")
	y := strings.Join(s.attributes.only(classB, classA), ", ")
	p.order, p.text, p.reversed = eval.OrderFirst, fill(paperList, x, y), fill(paperList, y, x)
	p.captionA, p.captionB = fill(w.caption, x, ""), fill(w.caption, y, "")
	return p
}

// captionPairs draws CUB's task from the captions of Reed et al.: what one image
// shows, what the other does. The caption-difference baseline has other captions
// of the same images, where there are others.
func (s *Set) captionPairs() ([]pair, error) {
	const task = "cub-captions"
	if s.Name != "cub" || s.reader.PaperCompat {
		return nil, nil
	}
	var pool []int
	for _, i := range s.testImages(func(int) bool { return true }) {
		if len(s.Images[i].Captions) > 0 {
			pool = append(pool, i)
		}
	}
	if len(pool) == 0 {
		return nil, nil
	}
	w, err := s.reader.wording(task)
	if err != nil {
		return nil, err
	}
	var out []pair
	for k, seed := range s.reader.seeds() {
		images := s.draw(pool, imagesOfBirds, seed, task)
		for n, ab := range s.couples(images, seed, task, s.otherClasses) {
			a, b := s.Images[ab[0]], s.Images[ab[1]]
			p := pair{task: task, seed: seed, a: a.Name, b: b.Name}
			told := w.told(p, n, caption(a, k+n), caption(b, k+n))
			for i := range told {
				told[i].captionA, told[i].captionB = fill(w.caption, caption(a, k+n+1), ""), fill(w.caption, caption(b, k+n+1), "")
			}
			out = append(out, told...)
		}
	}
	return out, nil
}

// caption gives the k-th caption of an image, around and around, without the
// full stop at its end.
func caption(img Image, k int) string {
	return strings.TrimRight(img.Captions[k%len(img.Captions)], " .")
}
