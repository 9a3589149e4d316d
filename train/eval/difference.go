package eval

import "math"

// minDelta is the shortest image difference that has a direction.
const minDelta = 1e-12

// Difference is the score of a difference task in one order of mention.
// Accuracies are in percent.
type Difference struct {
	Task     string  `json:"task"`
	Order    string  `json:"order"`
	N        int     `json:"n"`
	Skipped  int     `json:"skipped,omitempty"`  // pairs of equal images
	Sign     float64 `json:"sign"`               // cos(text, a - b) > 0: the paper's count
	Two      float64 `json:"two_way"`            // text fits a - b better than the reversed text does
	TwoN     int     `json:"two_way_n"`          // pairs with a reversed text
	Captions float64 `json:"caption_difference"` // sign with caption a - caption b for the text: no training needed
	CapN     int     `json:"caption_difference_n"`
	Cosine   float64 `json:"cosine"` // mean cosine of text and a - b

	Groups []Group     `json:"groups,omitempty"`
	Items  *ItemScores `json:"items,omitempty"` // where Options.Items asks for them
}

// Group is the score of the pairs of one group.
type Group struct {
	Group string  `json:"group"`
	N     int     `json:"n"`
	Sign  float64 `json:"sign"`
	Two   float64 `json:"two_way"`
}

// ItemScores are cosines with image a - image b, pair by pair in the order of
// the task file, pairs of equal images left out.
type ItemScores struct {
	Index    []int     `json:"index"`              // place of the pair among those of its task and order
	Forward  []float64 `json:"forward"`            // of the text
	Reversed []float64 `json:"reversed,omitempty"` // of the reversed text; all pairs have one, or none is listed
	Captions []float64 `json:"captions,omitempty"` // of caption a - caption b, likewise
	TextTo   []float64 `json:"text_to,omitempty"`  // of the text with caption a - caption b, likewise
}

// scoreDifference scores the pairs of one task and order.
func scoreDifference(items []Item, t, v vectors) Difference {
	d := Difference{Task: items[0].Task, Order: items[0].Order, Items: &ItemScores{}}
	count := map[string]*tally{}
	all := &tally{}
	var names []string
	for i, it := range items {
		delta := sub(v[it.ImageA], v[it.ImageB])
		if dot(delta, delta) < minDelta {
			d.Skipped++
			continue
		}
		if count[it.Group] == nil {
			count[it.Group] = &tally{}
			names = append(names, it.Group)
		}
		pair := d.Items.add(i, it, delta, t)
		all.add(pair)
		count[it.Group].add(pair)
	}
	d.N, d.TwoN, d.CapN = all.n, all.twoN, all.capN
	d.Sign, d.Two, d.Captions = percent(all.sign, all.n), percent(all.two, all.twoN), percent(all.caps, all.capN)
	d.Cosine = all.cosine / float64(max(all.n, 1))
	for _, name := range names {
		if name != "" {
			c := count[name]
			d.Groups = append(d.Groups, Group{Group: name, N: c.n, Sign: percent(c.sign, c.n), Two: percent(c.two, c.twoN)})
		}
	}
	d.Items.trim(d.N)
	return d
}

// scored is what one pair adds to the counts. NaN stands for what it lacks.
type scored struct{ forward, reversed, captions float64 }

type tally struct {
	n, sign, two, twoN, caps, capN int
	cosine                         float64
}

func (c *tally) add(s scored) {
	c.n++
	c.sign += one(s.forward > 0)
	c.cosine += s.forward
	if !math.IsNaN(s.reversed) {
		c.twoN++
		c.two += one(s.forward > s.reversed)
	}
	if !math.IsNaN(s.captions) {
		c.capN++
		c.caps += one(s.captions > 0)
	}
}

// add scores a pair with a difference that has a direction.
func (s *ItemScores) add(index int, it Item, delta []float64, t vectors) scored {
	length := math.Sqrt(dot(delta, delta))
	out := scored{forward: dot(t[it.Text], delta) / length, reversed: math.NaN(), captions: math.NaN()}
	s.Index, s.Forward = append(s.Index, index), append(s.Forward, out.forward)
	if it.Reversed != "" {
		out.reversed = dot(t[it.Reversed], delta) / length
		s.Reversed = append(s.Reversed, out.reversed)
	}
	if it.CaptionA != "" {
		captions := sub(t[it.CaptionA], t[it.CaptionB])
		out.captions = cosine(captions, delta)
		s.Captions = append(s.Captions, out.captions)
		s.TextTo = append(s.TextTo, cosine(t[it.Text], captions))
	}
	return out
}

// trim takes away what only some pairs have, because its places say nothing.
func (s *ItemScores) trim(n int) {
	for _, list := range []*[]float64{&s.Reversed, &s.Captions, &s.TextTo} {
		if len(*list) != n {
			*list = nil
		}
	}
}
