package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/pipeline/demo/tasks"
	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/order"
	"github.com/pcclip/pcclip/train"
	"github.com/pcclip/pcclip/train/eval"
)

// bag embeds texts as sums of word vectors and images as sums of their captions.
// common is the weight of words that all differences share, noise that of what
// no image knows of.
type bag struct {
	captions      map[string]string // by image name
	common, noise float64
}

const bagDim = 24

var words = map[string][]float64{}

func wordVector(word string) []float64 {
	if v := words[word]; v != nil {
		return v
	}
	r := rand.New(rand.NewPCG(order.Hash(1, word), 1))
	v := make([]float64, bagDim)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	words[word] = v
	return v
}

func (b bag) embed(text string, common, noise float64) []float32 {
	sum := make([]float64, bagDim)
	for i, word := range strings.Fields(strings.ToLower(strings.Trim(text, "."))) {
		weight := 1 / math.Sqrt(float64(i+1)) // what is named first counts most
		if strings.Contains(" the a first second image has and in of picture is ", " "+word+" ") {
			weight *= common
		}
		for k, x := range wordVector(word) {
			sum[k] += weight * x
		}
	}
	out := make([]float32, bagDim)
	for k, x := range wordVector(text) {
		out[k] = float32(sum[k] + noise*x)
	}
	return out
}

func (b bag) Texts(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = b.embed(text, b.common, b.noise)
	}
	return out, nil
}

func (b bag) Images(_ context.Context, names []string) ([][]float32, error) {
	out := make([][]float32, len(names))
	for i, name := range names {
		out[i] = b.embed(b.captions[name], .2, .5)
	}
	return out, nil
}

func bound(x float64) *float64 { return &x }

func testPlan() experiment.Plan {
	return experiment.Plan{
		Name: "fixture", About: "Made by hand <script>alert(1)</script>.", Seeds: []int64{0, 1, 2}, Means: []string{"size", "colour", "list", "free"},
		Data: []experiment.Data{{Name: "differences", About: "both orders"}, {Name: "first-first"}},
		Models: []experiment.Model{
			{Name: "paper", About: "the paper's objective", Average: []float64{.5}},
			{Name: "default", About: "the default preset"},
			{Name: "shuffled", About: "control"},
		},
		Claims: []experiment.Claim{
			{Text: "It gains", Model: "paper", Measure: "difference/mean/first/sign", AtLeast: bound(0)},
			{Text: "Texts come nearer", Model: "paper", Measure: "geometry/colour+shape/prompts", AtMost: bound(0)},
			{Text: "The default beats it by 80", Model: "default", Against: "paper", Measure: "difference/mean/first/two_way", AtLeast: bound(80)},
		},
		Paper: []experiment.Figure{{What: "difference classification", On: "CUB", CLIP: bound(53.32), PCCLIP: bound(67.55), Model: "paper", Measure: "difference/free/first/sign"}},
	}
}

// models are the bags of the fixture: the less of common words and noise, the
// better.
var models = map[string][2]float64{
	experiment.Base: {1, 2}, "paper": {.3, 1.4}, "paper-a0.5": {.6, 1.6}, "default": {.1, 1.1}, "shuffled": {1.1, 2.2},
}

var splits = []world.Split{{Name: "val", Count: 40}, {Name: "test", Count: 120}, {Name: "held", Count: 20, Held: true}}

// fixture leaves on disk what a run of the plan would: worlds, scores, metrics
// and manifests.
func fixture(t *testing.T) (dir string, plan experiment.Plan, r *experiment.Result) {
	t.Helper()
	dir, plan = t.TempDir(), testPlan()
	var cells []map[string]*experiment.Cell
	for _, seed := range plan.Seeds {
		files := plan.Files(dir, seed)
		items, captions := makeWorld(t, files, seed)
		base := scoreBag(t, items, bag{captions, 1, 2}, nil)
		scored := map[string]*experiment.Cell{}
		for name, m := range models {
			scored[name] = &experiment.Cell{Report: scoreBag(t, items, bag{captions, m[0], m[1]}, base.Choice)}
			doc, err := json.Marshal(scored[name])
			must(t, err)
			put(t, files.Scores(name), doc)
		}
		for i, m := range plan.Models {
			makeMetrics(t, files.Training(m.Name), seed, float64(i))
		}
		for _, d := range plan.Data {
			makeManifest(t, files.Run(d))
		}
		cells = append(cells, scored)
	}
	r, err := experiment.Tabulate(plan, cells)
	must(t, err)
	return dir, plan, r
}

func makeWorld(t *testing.T, files experiment.Files, seed int64) ([]eval.Item, map[string]string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(files.Images()), 0o755))
	must(t, world.WriteFiles(t.Context(), filepath.Dir(files.Images()), seed, splits, func(int64) {}))
	images, captions := map[string][]world.Image{}, map[string]string{}
	for _, s := range splits {
		images[s.Name] = world.DrawSplit(seed, s)
		for i, img := range images[s.Name] {
			captions[world.FileName(s.Name, i)] = strings.Join(img.Captions[:], " ")
		}
	}
	items := tasks.Draw(seed, world.Writer{Seed: seed}, images, 16)
	var doc bytes.Buffer
	must(t, eval.WriteTasks(&doc, items))
	put(t, files.Tasks(), doc.Bytes())
	return items, captions
}

func scoreBag(t *testing.T, items []eval.Item, b bag, choice []eval.Choice) eval.Report {
	t.Helper()
	r, err := eval.Score(t.Context(), items, b, eval.Options{Pairs: 3, Choice: choice, Items: true})
	must(t, err)
	return r
}

func makeMetrics(t *testing.T, dir string, seed int64, height float64) {
	t.Helper()
	var doc bytes.Buffer
	for step := 1; step <= 300; step++ {
		line, err := json.Marshal(train.Metric{Step: step, Loss: 3 + height + 3*math.Exp(-float64(step)/60) + .1*float64((int64(step)*7+seed*3)%5)})
		must(t, err)
		fmt.Fprintf(&doc, "%s\n", line)
	}
	put(t, filepath.Join(dir, "metrics.jsonl"), doc.Bytes())
}

func makeManifest(t *testing.T, run string) {
	t.Helper()
	file := func(kind string, rows int64) shards.File {
		return shards.File{FileInfo: shards.FileInfo{Path: kind + ".parquet", SHA256: strings.Repeat("0", 64), Rows: rows}, Split: "train", Kind: kind}
	}
	count := shards.Count{Planned: 1000, Accepted: 901, Rejected: 90, Failed: 5, Pending: 4}
	m := shards.Manifest{
		Splits: map[string]shards.Count{"train": count}, Totals: count, RejectReasons: map[string]int64{"too_short": 80, "both_one": 10},
		Files: []shards.File{file(shards.KindAccepted, 901), file(shards.KindRejected, 90)},
	}
	must(t, os.MkdirAll(run, 0o755))
	must(t, m.Write(filepath.Join(run, "manifest.json")))
}

func put(t *testing.T, path string, doc []byte) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, doc, 0o644))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
