package eval

import (
	"context"
	"slices"
)

// Alphas are the shares of the plain prompt that are tried; at 1 nothing
// changes.
var Alphas = []float64{.5, .6, .7, .8, .85, .9, .95, 1}

// Comparative is the score of comparative prompting (paper section 4.3): a
// class b that is confused with classes a takes the prompt
//
//	normalise(alpha f(prompt b) + (1 - alpha) mean over a of (f(prompt a) - f(T_ab)))
//
// where T_ab tells class a relative to class b. Accuracies are in percent, on
// test images of the classes involved, or on all.
type Comparative struct {
	Task    string       `json:"task"`
	Rule    string       `json:"rule"` // Confused or Similar
	Both    bool         `json:"both"` // both classes of a pair change; the paper's code changes the second one alone
	Pairs   [][2]string  `json:"pairs"`
	N       int          `json:"n"`       // test images of the classes involved
	Alpha   float64      `json:"alpha"`   // chosen on validation images; of equals the largest
	Plain   float64      `json:"plain"`   // accuracy with plain prompts
	Chosen  float64      `json:"chosen"`  // ... with the chosen alpha
	Control float64      `json:"control"` // ... with the chosen alpha and the texts of other pairs: what any text does
	All     float64      `json:"all"`     // accuracy over all classes with plain prompts
	AllWith float64      `json:"all_chosen"`
	Curve   []AlphaPoint `json:"curve"`
	Right   string       `json:"right,omitempty"` // answers at the chosen alpha
	PlainR  string       `json:"plain_right,omitempty"`
}

// AlphaPoint is the accuracy on the classes involved at one alpha.
type AlphaPoint struct {
	Alpha      float64 `json:"alpha"`
	Validation float64 `json:"validation"`
	Test       float64 `json:"test"`
}

// comparative scores comparative prompting on given pairs.
func (c *classTask) comparative(ctx context.Context, rule string, pairs [][2]string, both bool, t, v vectors) (Comparative, error) {
	out := Comparative{Task: c.name, Rule: rule, Both: both, Pairs: pairs}
	validation, test := c.involved(SplitValidation, pairs), c.involved(SplitTest, pairs)
	out.N = len(test)
	texts := c.compared()
	best := -1.0
	for _, alpha := range Alphas {
		prompts := c.compare(alpha, pairs, both, texts, t)
		onValidation, _, err := c.score(ctx, validation, prompts, v)
		if err != nil {
			return out, err
		}
		onTest, right, err := c.score(ctx, test, prompts, v)
		if err != nil {
			return out, err
		}
		out.Curve = append(out.Curve, AlphaPoint{Alpha: alpha, Validation: onValidation, Test: onTest})
		if onValidation >= best {
			best, out.Alpha, out.Chosen, out.Right = onValidation, alpha, onTest, right
		}
		if alpha == 1 {
			out.Plain, out.PlainR = onTest, right
		}
	}
	return out, c.beside(ctx, &out, texts, t, v)
}

// beside fills in the control, and the accuracies over all classes.
func (c *classTask) beside(ctx context.Context, out *Comparative, texts map[[2]string]string, t, v vectors) error {
	var err error
	control := c.compare(out.Alpha, out.Pairs, out.Both, c.others(texts), t)
	if out.Control, _, err = c.score(ctx, c.involved(SplitTest, out.Pairs), control, v); err != nil {
		return err
	}
	all := c.images[SplitTest]
	if out.All, _, err = c.score(ctx, all, c.prompts, v); err != nil {
		return err
	}
	out.AllWith, _, err = c.score(ctx, all, c.compare(out.Alpha, out.Pairs, out.Both, texts, t), v)
	return err
}

func (c *classTask) score(ctx context.Context, images []Item, prompts [][]float64, v vectors) (percentRight float64, right string, err error) {
	labels, err := c.predict(ctx, images, prompts, v)
	if err != nil {
		return 0, "", err
	}
	percentRight, right = accuracy(labels, images)
	return percentRight, right, nil
}

// involved lists the images of a split whose class is in a pair.
func (c *classTask) involved(split string, pairs [][2]string) []Item {
	var out []Item
	for _, it := range c.images[split] {
		if slices.ContainsFunc(pairs, func(p [2]string) bool { return p[0] == it.Label || p[1] == it.Label }) {
			out = append(out, it)
		}
	}
	return out
}

// others gives every pair the text of a pair far away in the file.
func (c *classTask) others(texts map[[2]string]string) map[[2]string]string {
	out := map[[2]string]string{}
	n := len(c.comparisons)
	for i, it := range c.comparisons {
		other := c.comparisons[(i+n/2)%n]
		out[[2]string{it.ClassA, it.ClassB}] = texts[[2]string{other.ClassA, other.ClassB}]
	}
	return out
}

// compare gives the prompts of all classes at one alpha.
func (c *classTask) compare(alpha float64, pairs [][2]string, both bool, texts map[[2]string]string, t vectors) [][]float64 {
	out := slices.Clone(c.prompts)
	if alpha == 1 {
		return out
	}
	plain := map[string][]float64{}
	for i, class := range c.classes {
		if plain[class.Label] == nil {
			plain[class.Label] = c.prompts[i]
		}
	}
	moved := map[string][][]float64{}
	for _, p := range pairs {
		moved[p[1]] = append(moved[p[1]], sub(plain[p[0]], t[texts[p]]))
		if both {
			back := [2]string{p[1], p[0]}
			moved[p[0]] = append(moved[p[0]], sub(plain[p[1]], t[texts[back]]))
		}
	}
	for i, class := range c.classes {
		if from := moved[class.Label]; from != nil {
			prompt := mix(alpha, c.prompts[i], 0, c.prompts[i])
			for _, m := range from {
				prompt = mix(1, prompt, (1-alpha)/float64(len(from)), m)
			}
			out[i] = scaled(prompt)
		}
	}
	return out
}

// ComparativeBest replaces the prompts of the worst classes by
// f(prompt best) - f(T_best-worst), not rescaled (paper's code, section 2.5 of
// its tasks). Accuracies are in percent.
type ComparativeBest struct {
	Task     string   `json:"task"`
	Best     string   `json:"best"`
	Worst    []string `json:"worst"`
	N        int      `json:"n"`        // test images of the worst classes
	Plain    float64  `json:"plain"`    // their accuracy with plain prompts
	Replaced float64  `json:"replaced"` // ... with the replaced ones
	All      float64  `json:"all"`      // accuracy over all classes with plain prompts
	AllWith  float64  `json:"all_replaced"`
}

// comparativeBest scores the replacement on a choice's classes.
func (c *classTask) comparativeBest(ctx context.Context, choice Choice, t, v vectors) (ComparativeBest, error) {
	out := ComparativeBest{Task: c.name, Best: choice.Best, Worst: choice.Worst}
	texts := c.compared()
	prompts := slices.Clone(c.prompts)
	at := slices.IndexFunc(c.classes, func(it Item) bool { return it.Label == choice.Best })
	for i, class := range c.classes {
		if slices.Contains(choice.Worst, class.Label) {
			prompts[i] = sub(c.prompts[at], t[texts[[2]string{choice.Best, class.Label}]])
		}
	}
	var of []Item
	for _, it := range c.images[SplitTest] {
		if slices.Contains(choice.Worst, it.Label) {
			of = append(of, it)
		}
	}
	out.N = len(of)
	for _, s := range []struct {
		images  []Item
		prompts [][]float64
		to      *float64
	}{{of, c.prompts, &out.Plain}, {of, prompts, &out.Replaced}, {c.images[SplitTest], c.prompts, &out.All}, {c.images[SplitTest], prompts, &out.AllWith}} {
		var err error
		if *s.to, _, err = c.score(ctx, s.images, s.prompts, v); err != nil {
			return out, err
		}
	}
	return out, nil
}
