package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
)

func TestBuiltInPlans(t *testing.T) {
	for _, name := range Plans() {
		p, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Name != name || p.About == "" {
			t.Errorf("plan %s is named %q: %q", name, p.Name, p.About)
		}
		if text, err := Text(name); err != nil || !strings.Contains(text, "models:") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A model may be trained on another order of the data than its world's.
func TestSeedOfAModel(t *testing.T) {
	for _, tt := range []struct {
		given map[string]any
		want  int64
	}{{nil, 3}, {map[string]any{"lr": 1e-4}, 3}, {map[string]any{"seed": 101}, 101}} {
		o, err := Model{Options: tt.given}.options(3)
		if err != nil || o.Seed != tt.want || !o.Deterministic {
			t.Errorf("%v: seed %d, %v", tt.given, o.Seed, err)
		}
	}
}

func TestBadPlans(t *testing.T) {
	const good = "name: x\nseeds: [0, 1]\nmeans: [size]\ndata: [{name: d}]\nmodels: [{name: m}]\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "empty"},
		"unknown key":    {good + "modles: []\n", "modles"},
		"no name":        {"seeds: [0]\n", "name"},
		"path as name":   {strings.Replace(good, "name: x", "name: ../x", 1), "no plain name"},
		"no seeds":       {strings.Replace(good, "[0, 1]", "[]", 1), "seeds"},
		"seed twice":     {strings.Replace(good, "[0, 1]", "[1, 1]", 1), "1 stands twice"},
		"one seed":       {strings.Replace(good, "[0, 1]", "[0]", 1) + "claims: [{text: t, model: m, measure: z, at_least: 0}]\n", "claims need two or more"},
		"no data":        {strings.Replace(good, "[{name: d}]", "[]", 1), "data: there is none"},
		"data run":       {strings.Replace(good, "{name: d}", "{name: d, run: r}", 1), "run is for real data"},
		"mention":        {strings.Replace(good, "{name: d}", "{name: d, mention: third}", 1), `mention is "third"`},
		"prompt":         {strings.Replace(good, "{name: d}", "{name: d, prompt: what}", 1), `no prompt "what"`},
		"base as name":   {strings.Replace(good, "{name: m}", "{name: base}", 1), "the base's"},
		"other data":     {strings.Replace(good, "{name: m}", "{name: m, data: e}", 1), `no data named "e"`},
		"unknown option": {strings.Replace(good, "{name: m}", "{name: m, options: {learning_rate: 1}}", 1), "learning_rate"},
		"bad option":     {strings.Replace(good, "{name: m}", "{name: m, options: {lr: -1}}", 1), "lr"},
		"average":        {strings.Replace(good, "{name: m}", "{name: m, average: [1.5]}", 1), "average 1.5"},
		"claim model":    {good + "claims: [{text: t, model: n, measure: z, at_least: 0}]\n", `no model "n"`},
		"claim range":    {good + "claims: [{text: t, model: m, measure: z}]\n", "at_least or at_most"},
		"half real":      {good + "real: {model: m}\n", "model, tasks and images"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "plan.yaml")
			if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) || fault.ExitCode(err) != fault.Usage || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := Load("no-such-plan"); fault.ExitCode(err) != fault.Usage {
		t.Error(err)
	}
}

func FuzzPlan(f *testing.F) {
	for _, name := range Plans() {
		text, err := Text(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if p, err := parse(text); err == nil {
			_ = p.Validate() // must not panic
		}
	})
}
