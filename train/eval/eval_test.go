package eval

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pcclip/pcclip/shards/fault"
)

// fixed embeds by a table; a key it lacks is the zero vector.
type fixed map[string][]float32

func (f fixed) Texts(_ context.Context, keys []string) ([][]float32, error) { return f.all(keys), nil }

func (f fixed) Images(_ context.Context, keys []string) ([][]float32, error) { return f.all(keys), nil }

func (f fixed) all(keys []string) [][]float32 {
	out := make([][]float32, len(keys))
	for i, k := range keys {
		out[i] = []float32{0, 0}
		copy(out[i], f[k])
	}
	return out
}

// A plane with two images: a points right, b up; the lengths differ, which must
// not matter.
var plane = fixed{
	"a": {5, 0}, "b": {0, .1},
	"right of": {3, -3}, "up of": {-1, 1}, "sky": {.2, .1}, // sky leans to a
	"ca": {1, .2}, "cb": {.2, 1},
}

func score(t *testing.T, e Embedder, items ...Item) Report {
	t.Helper()
	r, err := Score(context.Background(), items, e, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDifferenceCountsBySignAndTwoWay(t *testing.T) {
	item := func(a, b, text, reversed string) Item {
		return Item{Kind: KindDifference, Task: "t", ImageA: a, ImageB: b, Text: text, Reversed: reversed, CaptionA: "c" + a, CaptionB: "c" + b}
	}
	r := score(t, plane,
		item("a", "b", "right of", "up of"), // right both ways
		item("b", "a", "up of", "right of"), // right both ways
		item("b", "a", "sky", "right of"),   // wrong by sign, right two-way
		item("a", "b", "up of", "sky"),      // wrong both ways
		item("a", "a", "sky", "up of"))      // no difference
	want := []Difference{{Task: "t", Order: OrderFirst, N: 4, Skipped: 1, Sign: 50, Two: 75, TwoN: 4, Captions: 100, CapN: 4}}
	want[0].Cosine = (1 + 1 - (.2-.1)/math.Sqrt(.05)/math.Sqrt2 - 1) / 4
	if diff := cmp.Diff(want, r.Differences, approx, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

var approx = cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-6 })

func TestOrdersOfMentionAreKeptApart(t *testing.T) {
	first := Item{Kind: KindDifference, Task: "t", ImageA: "a", ImageB: "b", Text: "right of", Reversed: "up of"}
	second := first
	second.Order, second.Text, second.Reversed = OrderSecond, "up of", "right of"
	r := score(t, plane, first, second)
	if len(r.Differences) != 2 || r.Differences[0].Sign != 100 || r.Differences[1].Sign != 0 || r.Differences[1].Order != OrderSecond {
		t.Errorf("got %+v", r.Differences)
	}
	if sign, two := r.Mean(OrderFirst, "t", "absent"); sign != 100 || two != 100 {
		t.Errorf("mean %v, %v", sign, two)
	}
}

func TestZeroShotAndRetrieval(t *testing.T) {
	class := func(label, text string) Item {
		return Item{Kind: KindClass, Task: "c", Label: label, Text: text}
	}
	image := func(name, label string) Item {
		return Item{Kind: KindClassify, Task: "c", Image: name, Label: label}
	}
	pair := func(name, text string) Item {
		return Item{Kind: KindRetrieve, Task: "r", Image: name, Text: text}
	}
	r := score(t, plane, class("right", "ca"), class("up", "cb"), image("a", "right"), image("b", "right"),
		pair("a", "ca"), pair("b", "sky"), pair("b", "cb"))
	want := Report{
		Differences: nil,
		ZeroShot:    []Accuracy{{Task: "c", N: 2, Top1: 50}},
		Retrieval:   []Accuracy{{Task: "r", N: 2, Top1: 100, Back: 200. / 3}}, // sky lies nearer to a
	}
	if diff := cmp.Diff(want, r, approx); diff != "" {
		t.Error(diff)
	}
}

func TestStat(t *testing.T) {
	s := NewStat(1, 2, 3, 4)
	if math.Abs(s.Mean-2.5) > 1e-12 || math.Abs(s.Error-math.Sqrt(5.0/3)/2) > 1e-12 {
		t.Errorf("got %+v", s)
	}
	if d := NewStat(3, 5).Minus(NewStat(1, 1)); d.Mean != 3 || math.Abs(d.Error-1) > 1e-12 {
		t.Errorf("difference %+v", d)
	}
	if s := NewStat(7); s.Mean != 7 || s.Error != 0 {
		t.Errorf("one value %+v", s)
	}
}

func TestBadTaskFiles(t *testing.T) {
	labelled := `{"kind":"class","task":"c","label":"z","text":"t"}` + "\n"
	good := `{"kind":"difference","task":"t","image_a":"a","image_b":"b","text":"x"}`
	for name, c := range map[string]struct{ file, want string }{
		"empty":         {"\n", "no tasks"},
		"not JSON":      {good + "\n{oops", "line 2"},
		"two values":    {good + good, "line 1: more than one"},
		"unknown field": {`{"kind":"difference","tasks":"t"}`, `line 1: json: unknown field "tasks"`},
		"unknown kind":  {`{"kind":"guess","task":"t"}`, `unknown kind "guess"`},
		"no text":       {`{"kind":"retrieve","task":"t","image":"a"}`, "text is missing in a retrieve item"},
		"one caption":   {`{"kind":"difference","task":"t","image_a":"a","image_b":"b","text":"x","caption_a":"y"}`, "go together"},
		"wrong order":   {`{"kind":"difference","task":"t","order":"third","image_a":"a","image_b":"b","text":"x"}`, `order is "third"`},
		"no class":      {`{"kind":"classify","task":"c","image":"a","label":"z"}`, `no class with label "z"`},
		"no image":      {`{"kind":"class","task":"c","label":"z","text":"t"}`, `no image of task "c" has the class "z"`},
		"no test image": {labelled + `{"kind":"classify","task":"c","image":"a","label":"z","split":"train"}`, `"c" has no image to test on`},
		"wrong split":   {`{"kind":"classify","task":"c","image":"a","label":"z","split":"dev"}`, `split is "dev"`},
		"other class":   {labelled + `{"kind":"classify","task":"c","image":"a","label":"z"}` + "\n" + `{"kind":"comparison","task":"c","class_a":"z","class_b":"y","text":"t"}`, `line 3: task "c" has no class with label "y"`},
		"same class":    {`{"kind":"comparison","task":"c","class_a":"z","class_b":"z","text":"t"}`, "both"},
		"no validation": {labelled + `{"kind":"class","task":"c","label":"y","text":"t","distractor":true}` + "\n" + `{"kind":"classify","task":"c","image":"a","label":"z"}` + "\n" + `{"kind":"comparison","task":"c","class_a":"z","class_b":"y","text":"t"}`, "no validation images"},
		"no target":     {`{"kind":"delta","task":"d","image_b":"b","text":"t"}`, "image_a is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tasks.jsonl")
			if err := os.WriteFile(path, []byte(c.file), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := ReadTasks(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) || fault.ExitCode(err) != fault.Usage {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzTasks(f *testing.F) {
	f.Add([]byte(`{"kind":"class","task":"c","label":"l","text":"t"}` + "\n" + `{"kind":"classify","task":"c","label":"l","image":"i"}`))
	f.Add([]byte(`{"kind":"difference","task":"t","image_a":"a","image_b":"b","text":"x","order":"second","group":"g"}`))
	f.Add([]byte(`{"kind":"delta","task":"d","image_a":"a","image_b":"b","text":"x","split":"validation"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		items, err := parseTasks(bytes.NewReader(data))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := WriteTasks(&b, items); err != nil {
			t.Fatal(err)
		}
		again, err := parseTasks(&b)
		if err != nil || !cmp.Equal(items, again) {
			t.Fatalf("does not come back: %v\n%v\n%v", err, items, again)
		}
	})
}
