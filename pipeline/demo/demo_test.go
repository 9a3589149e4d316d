//go:build libtorch

package demo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/pipeline/demo/world"
	"github.com/pcclip/pcclip/pipeline/experiment"
	"github.com/pcclip/pcclip/pipeline/experiment/report"
	"github.com/pcclip/pcclip/pipeline/progress"
)

// A demo leaves its page, the page's figures beside it, and a run folder to look
// into: all of it from one call, here with worlds and trainings of seconds.
func TestDemoLeavesItsPage(t *testing.T) {
	o := Options{Dir: t.TempDir(), Seed: 5, Seeds: 2}
	plan, err := o.plan()
	if err != nil {
		t.Fatal(err)
	}
	for i := range plan.Data {
		plan.Data[i].Pairs = 60
	}
	for i, m := range plan.Models {
		short := map[string]any{"steps": 2, "batch": 16, "anchor_batch": 8}
		for name, value := range m.Options {
			short[name] = value
		}
		plan.Models[i].Options = short
	}
	small := experiment.DefaultOptions(o.Dir, "")
	small.Splits = []world.Split{{Name: "pretrain", Count: 64}, {Name: "diff", Count: 40}, {Name: "val", Count: 80}, {Name: "test", Count: 200}, {Name: "held", Count: 20, Held: true}}
	small.TaskPairs = 10
	small.Pretrain.Steps, small.Pretrain.Batch, small.Pretrain.Warmup = 2, 16, 1
	result, err := run(t.Context(), plan, small, progress.Silent())
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(report.Page(o.Dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"finetuned", "shuffled", "Finetuning on differences raises their accuracy", "data:image/"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	if outside := regexp.MustCompile(`(src|href)="(https?:)?//`).Find(page); outside != nil {
		t.Errorf("the page loads %s", outside)
	}
	var figures map[string]any
	doc, err := os.ReadFile(filepath.Join(o.Dir, "report", "report.json"))
	if err != nil || json.Unmarshal(doc, &figures) != nil || len(figures) == 0 {
		t.Errorf("figures of %d parts, %v", len(figures), err)
	}
	for _, m := range []string{"base", "finetuned", "shuffled"} {
		if v, ok := result.Get("difference/mean/first/sign", m); !ok || len(v.Values) != 2 {
			t.Errorf("%s: %+v", m, v)
		}
	}
	if _, err := os.Stat(filepath.Join(o.Example(), "manifest.json")); err != nil {
		t.Error(err)
	}
}
