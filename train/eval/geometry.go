package eval

// What a difference text is compared with.
const (
	AgainstImages   = "images"   // image a - image b
	AgainstCaptions = "captions" // caption a - caption b
	AgainstPrompts  = "prompts"  // the prompt of class a - that of class b
)

// Geometry tells how far texts lie from the directions that they describe, as
// mean cosine distance: 0 is the same direction, 1 a right angle, 2 the opposite
// one. The distance to the reversed direction is 2 - forward by definition, so
// it is no second finding; the distance of the reversed text is one.
type Geometry struct {
	Task     string  `json:"task"`
	Order    string  `json:"order,omitempty"`
	Against  string  `json:"against"`
	N        int     `json:"n"`
	Forward  float64 `json:"forward"`
	Opposite float64 `json:"opposite"` // to the reversed direction: 2 - forward
	Offset   float64 `json:"offset"`   // length of the mean text vector: what all texts of the task share
}

func newGeometry(task, order, against string, n int, sum float64, texts [][]float64) Geometry {
	forward := 1 - sum/float64(max(n, 1))
	return Geometry{Task: task, Order: order, Against: against, N: n, Forward: forward, Opposite: 2 - forward, Offset: offset(texts)}
}

// differenceGeometry compares the texts of a task with images and captions.
func differenceGeometry(items []Item, d Difference, t vectors) []Geometry {
	texts := make([][]float64, 0, d.N)
	for _, i := range d.Items.Index {
		texts = append(texts, t[items[i].Text])
	}
	out := []Geometry{newGeometry(d.Task, d.Order, AgainstImages, d.N, d.Cosine*float64(d.N), texts)}
	if len(d.Items.TextTo) > 0 {
		sum := 0.0
		for _, x := range d.Items.TextTo {
			sum += x
		}
		out = append(out, newGeometry(d.Task, d.Order, AgainstCaptions, d.N, sum, texts))
	}
	return out
}

// geometry compares the comparisons of a classification with its prompts.
func (c *classTask) geometry(t vectors) Geometry {
	prompts := map[string][]float64{}
	for i, class := range c.classes {
		if prompts[class.Label] == nil {
			prompts[class.Label] = c.prompts[i]
		}
	}
	sum := 0.0
	var texts [][]float64
	for _, it := range c.comparisons {
		sum += cosine(t[it.Text], sub(prompts[it.ClassA], prompts[it.ClassB]))
		texts = append(texts, t[it.Text])
	}
	return newGeometry(c.name, "", AgainstPrompts, len(texts), sum, texts)
}

// offset gives the length of the mean of unit vectors.
func offset(units [][]float64) float64 {
	if len(units) == 0 {
		return 0
	}
	mean := make([]float64, len(units[0]))
	for _, u := range units {
		mean = mix(1, mean, 1/float64(len(units)), u)
	}
	return length(mean)
}
