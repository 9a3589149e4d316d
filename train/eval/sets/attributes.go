package sets

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/pcclip/pcclip/shards/order"
)

// attributes are what the classes of a set look like.
type attributes struct {
	names   []string
	values  [][]float64       // [row][attribute]
	rows    []int             // of each class
	present float64           // a class has an attribute from this value on
	absent  float64           // and has it not up to this one
	phrases map[string]string // of the attributes that are told, by name
}

// phrases reads a file of attributes and the phrases that tell them.
func (r reader) phrases(name string) (map[string]string, error) {
	rows, err := r.table(name, 2, 2)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, row := range rows {
		out[row[0]] = row[1]
	}
	return out, nil
}

// only lists the phrases of what class a has and class b has not.
func (a *attributes) only(classA, classB int) []string {
	var out []string
	for i, name := range a.names {
		phrase, told := a.phrases[name]
		if told && a.values[a.rows[classA]][i] >= a.present && a.values[a.rows[classB]][i] <= a.absent {
			out = append(out, phrase)
		}
	}
	return out
}

// has says whether a class has the attribute of a name, and whether it clearly
// has it not. An attribute that the set lacks is neither.
func (a *attributes) has(class int, name string) (has, lacks bool) {
	i := slices.Index(a.names, name)
	if i < 0 {
		return false, false
	}
	v := a.values[a.rows[class]][i]
	return v >= a.present, v <= a.absent
}

// told is how many attributes of each image a text tells: more would not fit
// into CLIP's 77 tokens, and those of the second image would be cut off.
const told = 6

// attributeTexts makes the words for a pair of classes: up to told attributes
// that only one of them has. ok is false where one has none.
func (a *attributes) texts(classA, classB int, seed int64, pair int) (x, y string, ok bool) {
	onlyA, onlyB := a.only(classA, classB), a.only(classB, classA)
	if len(onlyA) == 0 || len(onlyB) == 0 {
		return "", "", false
	}
	r := rand.New(rand.NewPCG(order.Hash(seed, "sets/attributes"), uint64(pair)))
	return some(r, onlyA), some(r, onlyB), true
}

// some draws up to told phrases and lists them.
func some(r *rand.Rand, phrases []string) string {
	r.Shuffle(len(phrases), func(i, j int) { phrases[i], phrases[j] = phrases[j], phrases[i] })
	phrases = phrases[:min(told, len(phrases))]
	if len(phrases) == 1 {
		return phrases[0]
	}
	last := len(phrases) - 1
	return strings.Join(phrases[:last], ", ") + " and " + phrases[last]
}
