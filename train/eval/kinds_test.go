package eval

import (
	"context"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// classesOf gives prompts of three classes and images of a split: two right
// ones of each, and of class z one that lies nearer to y.
func classesOf(split string) []Item {
	image := func(name, label string) Item {
		return Item{Kind: KindClassify, Task: "c", Image: name, Label: label, Split: split}
	}
	return []Item{image("x1", "x"), image("x2", "x"), image("y1", "y"), image("z1", "z"), image("zy", "z")}
}

var space = fixed3{
	"px": {1, 0, 0}, "py": {0, 1, 0}, "pz": {0, .6, .8},
	"x1": {1, .1, 0}, "x2": {1, 0, .1}, "y1": {0, 1, 0}, "z1": {0, .5, .9}, "zy": {0, .93, .37},
	// z relative to y points away from y, towards z.
	"y-z": {0, .5, -.5}, "z-y": {0, -.5, .5}, "x-y": {1, -1, 0}, "y-x": {-1, 1, 0}, "x-z": {1, 0, -1}, "z-x": {-1, 0, 1},
}

// fixed3 embeds by a table.
type fixed3 map[string][]float32

func (f fixed3) Texts(_ context.Context, keys []string) ([][]float32, error) { return f.all(keys), nil }

func (f fixed3) Images(_ context.Context, keys []string) ([][]float32, error) {
	return f.all(keys), nil
}

func (f fixed3) all(keys []string) [][]float32 {
	out := make([][]float32, len(keys))
	for i, k := range keys {
		out[i] = f[k]
	}
	return out
}

func compared() []Item {
	var items []Item
	for _, l := range []string{"x", "y", "z"} {
		items = append(items, Item{Kind: KindClass, Task: "c", Label: l, Text: "p" + l})
	}
	items = append(items, classesOf(SplitValidation)...)
	items = append(items, classesOf("")...)
	for _, p := range [][2]string{{"x", "y"}, {"y", "x"}, {"x", "z"}, {"z", "x"}, {"y", "z"}, {"z", "y"}} {
		items = append(items, Item{Kind: KindComparison, Task: "c", ClassA: p[0], ClassB: p[1], Text: p[0] + "-" + p[1]})
	}
	return items
}

func TestChoiceComesFromValidation(t *testing.T) {
	r, err := Score(t.Context(), compared(), space, Options{Pairs: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := []Choice{{Task: "c", Confused: [][2]string{{"y", "z"}}, Similar: [][2]string{{"y", "z"}}, Worst: []string{"z", "y"}, Best: "x"}}
	if diff := cmp.Diff(want, r.Choice); diff != "" {
		t.Error(diff)
	}
	if len(r.Comparative) != 4 || r.Comparative[0].N != 3 {
		t.Fatalf("%+v", r.Comparative)
	}
}

// Comparative prompting moves z by prompt y - T_yz: at alpha .5 it takes
// normalise(.5 (0,.6,.8) + .5 ((0,1,0) - (0,1,-1)/sqrt 2)), which lies nearer
// to zy than y does.
func TestComparativePrompting(t *testing.T) {
	r, err := Score(t.Context(), compared(), space, Options{Pairs: 1, Items: true})
	if err != nil {
		t.Fatal(err)
	}
	c := r.Comparative[0]
	if c.Rule != Confused || c.Both || math.Abs(c.Plain-200./3) > 1e-9 || c.PlainR != "110" {
		t.Errorf("plain: %+v", c)
	}
	moved := scaled([]float64{0, .5*.6 + .5*(1-1/math.Sqrt2), .5*.8 + .5/math.Sqrt2})
	zy := unit(space["zy"])
	wantZY := dot(moved, zy) > zy[1]
	if got := c.Curve[0]; got.Alpha != .5 || (got.Test == 100) != wantZY {
		t.Errorf("at alpha .5: %+v, want right: %v", got, wantZY)
	}
	if last := c.Curve[len(c.Curve)-1]; last.Alpha != 1 || last.Test != c.Plain {
		t.Errorf("at alpha 1 something changes: %+v", last)
	}
	if c.All != 80 {
		t.Errorf("all classes: %v", c.All)
	}
}

func TestAnotherModelTakesTheChoice(t *testing.T) {
	choice := []Choice{{Task: "c", Confused: [][2]string{{"x", "z"}}, Similar: [][2]string{{"x", "y"}}, Best: "y", Worst: []string{"x"}}}
	r, err := Score(t.Context(), compared(), space, Options{Pairs: 1, Choice: choice})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(choice, r.Choice); diff != "" {
		t.Error(diff)
	}
	if r.Comparative[0].Pairs[0] != [2]string{"x", "z"} || r.Best[0].Best != "y" || r.Best[0].N != 2 {
		t.Errorf("%+v %+v", r.Comparative[0], r.Best)
	}
	// The prompt of x becomes (0,1,0) - (-1,1,0)/sqrt 2 = (.71,.29,0): still right.
	if r.Best[0].Replaced != 100 || r.Best[0].AllWith != 80 {
		t.Errorf("%+v", r.Best[0])
	}
}

func TestGeometry(t *testing.T) {
	items := append(compared(), Item{Kind: KindDifference, Task: "d", ImageA: "x1", ImageB: "y1", Text: "x-y", CaptionA: "px", CaptionB: "py"})
	r, err := Score(t.Context(), items, space, Options{Pairs: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Geometry) != 3 {
		t.Fatalf("%+v", r.Geometry)
	}
	images, captions, prompts := r.Geometry[0], r.Geometry[1], r.Geometry[2]
	if images.Against != AgainstImages || math.Abs(images.Forward-(1-r.Differences[0].Cosine)) > 1e-12 || math.Abs(images.Offset-1) > 1e-9 {
		t.Errorf("%+v", images)
	}
	if captions.Against != AgainstCaptions || math.Abs(captions.Forward) > 1e-9 || math.Abs(captions.Opposite-2) > 1e-9 {
		t.Errorf("%+v", captions)
	}
	if prompts.Against != AgainstPrompts || prompts.N != 6 || prompts.Offset > 1e-9 {
		t.Errorf("%+v", prompts)
	}
}

func TestDelta(t *testing.T) {
	item := func(b, text, a, split string) Item {
		return Item{Kind: KindDelta, Task: "d", ImageB: b, Text: text, ImageA: a, Split: split}
	}
	// Without the text the nearest to y1 is zy; one step of it leads to x1, past
	// which x2 lies. From z1 the text leads past zy to y1.
	r, err := Score(t.Context(), []Item{item("y1", "x-y", "x2", ""), item("y1", "x-y", "x1", SplitValidation), item("z1", "y-z", "zy", "")}, space, Options{Items: true})
	if err != nil {
		t.Fatal(err)
	}
	d := r.Delta[0]
	if d.N != 2 || d.Candidates != 5 || d.Baseline != 50 || d.Step != 1 || d.Top1 != 0 || d.Curve[0].Validation != 0 || d.Curve[4].Validation != 100 || d.Curve[5].Test != 50 {
		t.Errorf("%+v", d)
	}
	if d.Top5 != 100 || d.Right != "00" {
		t.Errorf("%+v", d)
	}
}

func TestProbe(t *testing.T) {
	items := append(compared(), classesOf(SplitTrain)...)
	r, err := Score(t.Context(), items, space, Options{Pairs: 1, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Probe) != 1 || r.Probe[0].Train != 5 || r.Probe[0].N != 5 || len(r.Probe[0].Top1.Values) != 5 || r.Probe[0].Top1.Mean != 100 {
		t.Errorf("the training images themselves: %+v", r.Probe)
	}
}

func TestGroupsAreCountedApart(t *testing.T) {
	first := Item{Kind: KindDifference, Task: "t", Group: "right", ImageA: "a", ImageB: "b", Text: "right of", Reversed: "up of"}
	second := first
	second.Group, second.Text, second.Reversed = "wrong", "up of", "right of"
	r, err := Score(t.Context(), []Item{first, second, first}, plane, Options{Items: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []Group{{"right", 2, 100, 100}, {"wrong", 1, 0, 0}}
	if diff := cmp.Diff(want, r.Differences[0].Groups); diff != "" {
		t.Error(diff)
	}
	if s := r.Differences[0].Items; len(s.Forward) != 3 || math.Abs(s.Forward[0]-1) > 1e-3 || s.Captions != nil {
		t.Errorf("%+v", s)
	}
}
