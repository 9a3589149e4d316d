package sets

import (
	"slices"

	"github.com/pcclip/pcclip/shards/fault"
	"github.com/pcclip/pcclip/train/eval"
)

// contrast is a difference task of two groups of classes.
type contrast struct {
	task  string
	words [2]string // of either group
	group func(class int) int
	w     wording
	paper *[2]string // the published texts; nil: w
}

// neither is the group of a class that takes no part.
const neither = -1

// groupPairs draws the tasks whose groups are lists of classes: CIFAR-100 by
// the size of animals, Flowers102 by colour.
func (s *Set) groupPairs() ([]pair, error) {
	var task string
	var paper *[2]string
	switch s.Name {
	case "cifar100":
		task, paper = "cifar100-size", &paperAnimalSize
	case "flowers102":
		task, paper = "flowers102-colour", &paperFlowerColour
	default:
		return nil, nil
	}
	c, err := s.groups(task)
	if err != nil {
		return nil, err
	}
	if s.reader.PaperCompat {
		c.paper = paper
		if s.Name == "flowers102" {
			c.group = func(class int) int {
				switch {
				case slices.Contains(paperBlue, class):
					return 0
				case slices.Contains(paperYellow, class):
					return 1
				}
				return neither
			}
		}
	}
	return s.contrastPairs(c), nil
}

// groups reads groups/TASK.txt: rows of a word and the label of a class, of
// exactly two words.
func (s *Set) groups(task string) (contrast, error) {
	name := "groups/" + task + ".txt"
	rows, err := s.reader.table(name, 2, 2)
	if err != nil {
		return contrast{}, err
	}
	c := contrast{task: task}
	var words []string
	of := map[int]int{}
	for _, row := range rows {
		class := slices.IndexFunc(s.Classes, func(c Class) bool { return c.Label == row[1] })
		if class < 0 {
			return contrast{}, fault.Input("read", name, "name a class as the set does", "%s has no class %.40q", s.Name, row[1])
		}
		if !slices.Contains(words, row[0]) {
			words = append(words, row[0])
		}
		of[class] = slices.Index(words, row[0])
	}
	if len(words) != 2 {
		return contrast{}, fault.Input("read", name, "give two groups", "%d words, not two", len(words))
	}
	c.words = [2]string(words)
	c.group = func(class int) int {
		if g, ok := of[class]; ok {
			return g
		}
		return neither
	}
	c.w, err = s.reader.wording(task)
	return c, err
}

// sizePairs draws AwA2's task by the attributes big and small. A class that is
// both or neither takes no part.
func (s *Set) sizePairs() ([]pair, error) {
	if s.Name != "awa2" {
		return nil, nil
	}
	c := contrast{task: "awa2-size", words: [2]string{"large", "small"}}
	c.group = func(class int) int {
		big, notBig := s.attributes.has(class, "big")
		small, notSmall := s.attributes.has(class, "small")
		switch {
		case big && notSmall:
			return 0
		case small && notBig:
			return 1
		}
		return neither
	}
	if s.reader.PaperCompat {
		if len(s.attributes.names) <= paperBig {
			return nil, nil
		}
		c.paper = &paperAwA2Size
		c.group = func(class int) int {
			return 1 - int(s.attributes.values[s.attributes.rows[class]][paperBig])
		}
	}
	var err error
	if c.w, err = s.reader.wording(c.task); err != nil {
		return nil, err
	}
	return s.contrastPairs(c), nil
}

func (s *Set) contrastPairs(c contrast) []pair {
	group := func(image int) int { return c.group(s.Images[image].Class) }
	pool := s.testImages(func(class int) bool { return c.group(class) != neither })
	var out []pair
	for _, seed := range s.reader.seeds() {
		images := s.draw(pool, imagesPerDraw, seed, c.task)
		across := func(a, b int) bool { return group(a) != group(b) }
		for n, ab := range s.couples(images, seed, c.task, across) {
			g := group(ab[0])
			p := pair{task: c.task, seed: seed, a: s.Images[ab[0]].Name, b: s.Images[ab[1]].Name}
			told := c.w.told(p, n, c.words[g], c.words[1-g])
			if c.paper != nil {
				told = told[:1]
				told[0].order, told[0].text, told[0].reversed = eval.OrderFirst, c.paper[g], c.paper[1-g]
			}
			out = append(out, told...)
		}
	}
	return out
}
